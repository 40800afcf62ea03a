from __future__ import annotations

import ipaddress
import stat
from pathlib import Path

import pytest

from assetreg.config import SETTINGS, BadSetting, NoRegister, Settings, unknown_settings
from assetreg.domain.terms import Role

KEYS = {"ASSETREG_SECRET_KEY": "s" * 40, "ASSETREG_HISTORY_KEY": "h" * 40}
SERVER = {"ASSETREG_DATABASE_URL": "postgresql://anna:hemligt@db/register", **KEYS}


def test_every_setting_is_a_field_and_says_what_it_decides() -> None:
    assert [setting.attribute for setting in SETTINGS if not setting.meaning.endswith(".")] == []
    assert {setting.attribute for setting in SETTINGS} == set(Settings.__dataclass_fields__)


def test_defaults_are_those_of_the_list() -> None:
    stated = Settings.from_env(SERVER)
    plain = Settings(database_url=SERVER["ASSETREG_DATABASE_URL"], secret_key=b"s" * 40, history_key=b"h" * 40)
    assert stated == plain


def test_everything_can_be_stated() -> None:
    stated = Settings.from_env(
        {
            **SERVER,
            "ASSETREG_BASE_URL": "https://Register.Kommun.se/",
            "ASSETREG_TRUSTED_PROXIES": "10.0.0.5, 10.1.0.0/16",
            "ASSETREG_LABEL_HOSTS": "L.kommun.se e.kommun.se:8443",
            "ASSETREG_SESSION_IDLE_HOURS": " 4 ",
            "ASSETREG_FINDER_PHONE": "+46 585-488 00",
        }
    )
    assert stated.base_url == "https://register.kommun.se"
    assert stated.https
    assert stated.trusted_proxies == (ipaddress.ip_network("10.0.0.5/32"), ipaddress.ip_network("10.1.0.0/16"))
    assert stated.label_hosts == {"l.kommun.se", "e.kommun.se:8443"}
    assert stated.session_idle_hours == 4
    assert stated.finder_phone == "+46 585-488 00"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASSETREG_DATABASE_URL", "register.db"),
        ("ASSETREG_DATABASE_URL", "mysql://a/b"),
        ("ASSETREG_DATABASE_URL", "sqlite://"),
        ("ASSETREG_DATABASE_URL", "sqlite:///:memory:"),
        ("ASSETREG_SECRET_KEY", "hemligt"),
        ("ASSETREG_HISTORY_KEY", "hemligt"),
        ("ASSETREG_BASE_URL", "register.kommun.se"),
        ("ASSETREG_BASE_URL", "https://register.kommun.se/sökväg"),
        ("ASSETREG_BASE_URL", "https://anna:hemligt@register.kommun.se"),
        ("ASSETREG_BASE_URL", "ftp://register.kommun.se"),
        ("ASSETREG_TRUSTED_PROXIES", "alla"),
        ("ASSETREG_TRUSTED_PROXIES", "10.0.0.5/16"),
        ("ASSETREG_LABEL_HOSTS", "https://e.kommun.se"),
        ("ASSETREG_FINDER_MAIL", "ring mig"),
        ("ASSETREG_FINDER_PHONE", "<script>"),
        ("ASSETREG_SESSION_IDLE_HOURS", "0"),
        ("ASSETREG_SESSION_DAYS", "en vecka"),
        ("ASSETREG_WORKERS", "-1"),
        ("ASSETREG_WORKERS", "２"),
        ("ASSETREG_MAX_UPLOAD_MB", "9" * 30),
    ],
)
def test_malformed_value_is_refused_by_name_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as refused:
        Settings.from_env({**SERVER, name: value})
    assert "hemligt" not in str(refused.value)


@pytest.mark.parametrize("missing", list(KEYS))
def test_server_register_must_be_given_its_keys(missing: str) -> None:
    with pytest.raises(BadSetting, match=missing):
        Settings.from_env({name: value for name, value in SERVER.items() if name != missing})


def test_value_may_come_from_a_file_but_not_from_both(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("f" * 40 + "\n", encoding="ascii")
    stated = {**SERVER, "ASSETREG_SECRET_KEY": "", "ASSETREG_SECRET_KEY_FILE": str(file)}
    assert Settings.from_env(stated).secret_key == b"f" * 40
    with pytest.raises(BadSetting, match="både direkt och som fil"):
        Settings.from_env({**SERVER, "ASSETREG_SECRET_KEY_FILE": str(file)})
    with pytest.raises(BadSetting, match="ASSETREG_SECRET_KEY_FILE"):
        Settings.from_env({**stated, "ASSETREG_SECRET_KEY_FILE": str(tmp_path / "none")})


def test_local_register_draws_its_keys_once_and_keeps_them_private(tmp_path: Path) -> None:
    file = tmp_path / "nytt" / "a.db"
    stated = {"ASSETREG_DATABASE_URL": f"sqlite:///{file}"}
    with pytest.raises(NoRegister, match="assetreg upgrade"):
        Settings.from_env(stated)
    assert not file.parent.exists()
    first = Settings.from_env(stated, new_register=True)
    file.write_bytes(b"SQLite format 3\0")
    assert Settings.from_env(stated) == first
    assert first.secret_key != first.history_key
    assert len(first.history_key) >= 32
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir() if path != file}
    assert kept == {"secret-key": 0o600, "history-key": 0o600}


def test_unknown_settings_are_named_with_the_nearest() -> None:
    stated = {
        **SERVER,
        "ASSETREG_DATABSE_URL": "x",
        "ASSETREG_BASE_URL_FIL": "x",
        "ASSETREG_FAVOURITE_COLOUR": "blue",
        "ASSETREG_SECRET_KEY_FILE": "x",
        "ASSETREG_TEST_REQUIRE": "postgres",
        "assetreg_workers": "2",
        "PATH": "x",
    }
    assert unknown_settings(stated) == {
        "ASSETREG_BASE_URL_FIL": "ASSETREG_BASE_URL_FILE",
        "ASSETREG_DATABSE_URL": "ASSETREG_DATABASE_URL",
        "ASSETREG_FAVOURITE_COLOUR": None,
    }


def test_secrets_are_not_shown() -> None:
    stated = Settings.from_env(SERVER)
    assert "sss" not in repr(stated)
    assert "hhh" not in repr(stated)
    assert "hemligt" not in stated.shown_database


TENANT = "0B5E7A3C-1111-2222-3333-444455556666"
DIRECTORY = {"ASSETREG_BASE_URL": "https://register.kommun.se", "ASSETREG_OIDC_CLIENT_ID": "abc"}


def test_entra_tenant_names_the_issuer_and_another_server_is_named_in_its_place() -> None:
    stated = Settings.from_env({**SERVER, **DIRECTORY, "ASSETREG_ENTRA_TENANT": TENANT})
    assert stated.issuer == f"https://login.microsoftonline.com/{TENANT.lower()}/v2.0"
    other = {
        "ASSETREG_OIDC_ISSUER": "https://login.kommun.se/realms/k",
        "ASSETREG_OIDC_CLIENT_SECRET": "en klienthemlighet",
    }
    found = Settings.from_env({**SERVER, **DIRECTORY, **other})
    assert (found.issuer, found.entra_tenant) == ("https://login.kommun.se/realms/k", None)
    assert "en klienthemlighet" not in repr(found)
    assert Settings.from_env(SERVER).issuer is None


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ({"ASSETREG_ENTRA_TENANT": TENANT, "ASSETREG_OIDC_CLIENT_ID": "abc"}, "ASSETREG_BASE_URL"),
        ({"ASSETREG_ENTRA_TENANT": TENANT}, "ASSETREG_OIDC_CLIENT_ID"),
        (DIRECTORY, "ASSETREG_ENTRA_TENANT"),
        ({**DIRECTORY, "ASSETREG_ENTRA_TENANT": "kommun.se"}, "ASSETREG_ENTRA_TENANT"),
        ({**DIRECTORY, "ASSETREG_OIDC_ISSUER": "http://login.kommun.se"}, "ASSETREG_OIDC_ISSUER"),
        ({**DIRECTORY, "ASSETREG_OIDC_ISSUER": "https://login.kommun.se/?a=b"}, "ASSETREG_OIDC_ISSUER"),
        ({**DIRECTORY, "ASSETREG_OIDC_ISSUER": "https://a:b@login.kommun.se"}, "ASSETREG_OIDC_ISSUER"),
        ({"ASSETREG_REQUIRE_SECOND_FACTOR": "admin, chef"}, "ASSETREG_REQUIRE_SECOND_FACTOR"),
    ],
)
def test_half_a_directory_is_refused_by_the_name_of_what_is_missing(stated: dict[str, str], name: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.from_env({**SERVER, **stated})
    assert caught.value.params["name"] == name


def test_roles_that_need_a_second_step_are_listed_or_all() -> None:
    def read(text: str) -> frozenset[Role]:
        return Settings.from_env({**SERVER, "ASSETREG_REQUIRE_SECOND_FACTOR": text}).require_second_factor

    assert read("") == frozenset()
    assert read("admin, Planner") == {Role.ADMIN, Role.PLANNER}
    assert read("alla") == frozenset(Role)
