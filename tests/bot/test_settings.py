import pytest

from bot.settings import BotSettings, read_token, read_webhook_secret
from index.errors import SettingsError
from tests.support.paths import ROOT

TOKEN = "123:AAbbccddeeffgghhiijjkkllmmnnooppqqrr"


def test_config_toml_states_the_defaults():
    stated = BotSettings.load(ROOT / "config.toml")
    assert stated.model_dump() == BotSettings().model_dump()


def test_defaults_and_the_environment(monkeypatch):
    assert BotSettings.load().api_url == "https://api.telegram.org"
    monkeypatch.setenv("KHAZAR_BOT__API_URL", "http://127.0.0.1:8081/")
    monkeypatch.setenv("KHAZAR_BOT__PROXY", "")
    settings = BotSettings.load()
    assert (settings.api_url, settings.proxy) == ("http://127.0.0.1:8081", None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('token = "1:a"', "bot.token is a secret and comes only from the environment"),
        ('api_url = "telegram"', "bot.api_url: must be an address such as https://api"),
        ('api_url = "http://a:port"', "bot.api_url: is not an address"),
        ('proxy = "socks4://h:1"', "bot.proxy: .* http://host:port or socks5://host:port"),
        ("passages = 0", "bot.passages: must be 1 or more"),
        ('webhook_url = "bot.example.ir"', "bot.webhook_url: must be an address such as https"),
        ("user_questions_per_minute = 0", "bot.user_questions_per_minute: must be 1 or more"),
        ('webhook_secret = "x"', "bot.webhook_secret is a secret and comes only from the env"),
        ('log_level = "loud"', "bot.log_level: "),
        ("pasages = 3", "bot.pasages: "),
    ],
)
def test_wrong_values_are_named(tmp_path, line, words):
    config = tmp_path / "config.toml"
    config.write_text(f"[bot]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        BotSettings.load(config)


def test_a_token_is_no_setting(monkeypatch):
    monkeypatch.setenv("KHAZAR_BOT__TOKEN", TOKEN)
    with pytest.raises(SettingsError, match="KHAZAR_BOT__TOKEN: no such setting") as raised:
        BotSettings.load()
    assert TOKEN not in str(raised.value)


def test_the_route_is_told_without_credentials(monkeypatch):
    settings = BotSettings(proxy="http://me:pass@[::1]:8080/")
    assert settings.route == "https://api.telegram.org through http://[::1]:8080"
    assert settings.proxy_passwords == {"pass"}
    assert BotSettings().route == "https://api.telegram.org"
    assert BotSettings().proxy_passwords == frozenset()
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:other@127.0.0.1:1080")
    assert settings.proxy_passwords == {"pass", "other"}


def test_the_token_is_taken_from_its_variable_without_space(monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f" {TOKEN}\n")
    assert read_token() == TOKEN


@pytest.mark.parametrize("token", ["123", "123:short", f"{TOKEN}/", f"bot{TOKEN}"])
def test_what_is_no_token_is_refused_without_being_shown(monkeypatch, token):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", token)
    with pytest.raises(SettingsError, match="@BotFather") as raised:
        read_token()
    assert token not in str(raised.value).replace("123456789", "")


def test_the_webhook_s_path_and_the_channels_are_read_as_people_write_them():
    settings = BotSettings(
        webhook_url="https://bot.example.ir/telegram", channels=["@Khazar_News", -1001]
    )
    assert settings.webhook_path == "/telegram"
    assert settings.channels == ("khazar_news", -1001)
    assert BotSettings(webhook_url="").webhook_url is None


def test_the_webhooks_secret_is_checked_and_not_shown(monkeypatch):
    assert read_webhook_secret() is None
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "a-good_one-0123456789")
    assert read_webhook_secret() == "a-good_one-0123456789"
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "bad one!")
    with pytest.raises(SettingsError, match="TELEGRAM_WEBHOOK_SECRET must be 16") as raised:
        read_webhook_secret()
    assert "bad one" not in str(raised.value)
