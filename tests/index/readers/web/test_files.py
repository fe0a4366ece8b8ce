"""Files of articles on the web."""

import gzip
import json

import pytest

from index.article import Article
from index.readers.formats.jsonl import to_record
from tests.index.support.site import Read, Site

LINES = [Article("a", "همکاری بندری", ("بند",)), Article("b", "Port deal", ("One.",))]
RECORDS = [json.dumps(to_record(article), ensure_ascii=False) for article in LINES]


@pytest.mark.parametrize(
    ("path", "content_type", "content"),
    [
        ("/news", "application/x-ndjson", "\n".join(RECORDS)),
        ("/news", "application/jsonl; charset=utf-8", "\n".join(RECORDS)),
        ("/news.jsonl?day=1", "application/json", "\n".join(RECORDS)),
        ("/news.jsonl", "text/plain", "\n".join(RECORDS)),
        ("/news", "application/json", f"[{','.join(RECORDS)}]"),
        ("/news.json", "application/octet-stream", f"[{','.join(RECORDS)}]"),
        ("/news.csv", "text/plain", "id,title,text\na,همکاری بندری,بند\nb,Port deal,One.\n"),
        ("/news", "text/csv", "id,title,text\na,همکاری بندری,بند\nb,Port deal,One.\n"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_articles(
    site: Site, read: Read, path: str, content_type: str, content: str, packed: bool
) -> None:
    body = gzip.compress(content.encode()) if packed else content.encode()
    url = site.put(path, body, Content_Type=content_type)
    assert read(url) == LINES


def test_a_file_of_articles_that_was_redirected_from_its_name(site: Site, read: Read) -> None:
    site.put("/x?signed", "\n".join(RECORDS).encode(), Content_Type="application/octet-stream")
    url = site.put("/news.jsonl.gz", status=302, Location="/x?signed")
    assert read(url) == LINES


def test_a_file_of_articles_with_mistakes(site: Site, read: Read) -> None:
    url = site.put("/a.jsonl", f"{RECORDS[0]}\n[1\n".encode(), Content_Type="text/plain")
    assert read(url) == [LINES[0], f"{url}:2: not JSON: Expecting ',' delimiter at column 3"]
    url = site.put("/b", "\n".join(RECORDS).encode(), Content_Type="application/json")
    assert read(url) == [LINES[0], f"{url}:2: more follows the article: is this JSON Lines?"]
    assert read(url, format="jsonl") == LINES
    url = site.put("/c.csv", b"title,text\nt,p\n", Content_Type="text/csv")
    assert read(url) == [Article("127.0.0.1/c-1", "t", ("p",))]
    url = site.put("/big.jsonl", b"x" * 1_100_000, Content_Type="text/plain")
    assert read(url, web={"max_megabytes": 1}) == [f"{url}: longer than 1024 KiB"]
    url = site.put("/a.parquet", b"PAR1", Content_Type="application/octet-stream")
    assert read(url) == [f"{url}: Parquet is read from files only"]
