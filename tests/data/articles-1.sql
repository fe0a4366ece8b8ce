BEGIN TRANSACTION;
CREATE TABLE articles (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    code TEXT,
    link TEXT,
    blank INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    record TEXT NOT NULL
);
INSERT INTO "articles" VALUES(1,'ilna-1','ایلنا
17','ilna.ir/17',0,X'45F91F435F36394BC71A984D6B2393BD','{"id":"ilna-1","title":"عنوان","abstract":"لید","kicker":"روتیتر","paragraphs":["یک","دو\nسه"],"agency":"ایلنا","date":"2025-11-18","code":"17","link":"https://ilna.ir/17","cat":"اقتصاد","tags":["خزر","بندر"]}');
INSERT INTO "articles" VALUES(2,'telegram-5-41','خبرگزاری ساحل
41',NULL,0,X'34B7B1722041059B2ED86E785E6F7B7D','{"id":"telegram-5-41","title":"قایق‌های نو","paragraphs":["سی قایق صیادی به آب افتاد."],"agency":"خبرگزاری ساحل","code":"41"}');
INSERT INTO "articles" VALUES(3,'1','ساحل
NULL',NULL,0,X'252FC4A6CBAFE27791ECCD8BA509D70D','{"id":"1","title":"باران در نیلاب","paragraphs":["باران نیلاب سه روز بارید."],"agency":"ساحل","code":"NULL"}');
INSERT INTO "articles" VALUES(4,'2',NULL,NULL,0,X'8313A5D54AAE0806B3A82E9EA4D37004','{"id":"2","title":"دو تازه","paragraphs":["متن دو تازه"]}');
INSERT INTO "articles" VALUES(6,'blank',NULL,NULL,1,X'39086C32F58F9472637D5CF444D36A78','{"id":"blank","title":"","paragraphs":[]}');
CREATE TABLE removed (id TEXT PRIMARY KEY, code TEXT, link TEXT) WITHOUT ROWID;
INSERT INTO "removed" VALUES('gone','ایلنا
99','ilna.ir/99');
CREATE TABLE sources (name TEXT PRIMARY KEY);
INSERT INTO "sources" VALUES('/srv/news');
INSERT INTO "sources" VALUES('/srv/export.json');
CREATE INDEX by_code ON articles (code) WHERE code IS NOT NULL;
CREATE INDEX by_link ON articles (link) WHERE link IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('articles',6);
COMMIT;
