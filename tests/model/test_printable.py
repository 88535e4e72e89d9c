"""What must not leave in an answer: terminal commands and credentials, whoever printed them."""

import time

import pytest

from gitops_master.model.finding import Evidence, quoted
from gitops_master.model.printable import on_one_line, printable

TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("said", "passed_on"),
    [
        ("clone https://bot:hunter2@git.example.com/app.git failed", "clone https://bot:***@git.example.com/app.git failed"),
        (f"clone https://{TOKEN}@git.example.com/app.git failed", "clone https://***@git.example.com/app.git failed"),
        (f"token {TOKEN} was refused", "token *** was refused"),
        ("Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer ***"),
        ("GET https://b.example.com/x?token=abcd1234&page=2: 403", "GET https://b.example.com/x?token=***&page=2: 403"),
        ("Authorization: Basic abcd", "Authorization: Basic ***"),
        ("X-Api-Key: abcd1234, Accept: */*", "X-Api-Key: ***, Accept: */*"),
        ("helm pull app --password abcd1234 --version 2", "helm pull app --password *** --version 2"),
        ("env DB_PASSWORD=abcd1234 HOME=/root", "env DB_PASSWORD=*** HOME=/root"),
        ('{"accessToken": "abcd", "user": "bot"}', '{"accessToken": "***", "user": "bot"}'),
        ("POST https://hooks.slack.com/services/T0/B0/abcd failed", "POST https://hooks.slack.com/services/*** failed"),
        ("key AKIAABCDEFGHIJKLMNOP was refused", "key *** was refused"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = ***"),
        ("password: hunter22", "password: ***"),
        ("password='hunter 2' host=db", "password='***' host=db"),
        ("curl -u bot:hunter2 https://x", "curl -u bot:*** https://x"),
        ("AccountName=a;AccountKey=abcd1234==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"),
        ("Server=db;User Id=sa;Pwd=hunter2;", "Server=db;User Id=sa;Pwd=***;"),
        ("client-key-data: LS0tLS1CRUdJTiBSU0E=", "client-key-data: ***"),
        ('{"auths":{"r.example.com":{"auth":"Ym90Omh1bnRlcjI="}}}', '{"auths":{"r.example.com":{"auth":"***"}}}'),
        ("hash $2y$10$" + "a1" * 26 + "b is wrong", "hash *** is wrong"),
        ("sent bearer abcdefghijklmnop1234", "sent bearer ***"),
        *((f"{form} was refused", "*** was refused") for form in (
            "sk_live_" + "4eC39HqLyjWDarjt", "whsec_" + "a1" * 12, "SG." + "a1" * 9 + "." + "b2" * 12, "hf_" + "a1" * 13,
            "pypi-AgE" + "a1" * 9, "dckr_pat_" + "a1" * 10, "hvs." + "a1" * 11, "dop_v1_" + "a1" * 20, "glrt-" + "a1" * 10,
            "ATATT3x" + "a1" * 9, "glsa_" + "a1" * 13, "glc_" + "a1" * 11, "NRAK-" + "A1" * 11, "shpat_" + "a1" * 16,
            "dapi" + "a1" * 16, "lin_api_" + "a1" * 17, "ya29." + "a1" * 9, "GOCSPX-" + "a1" * 9, "xapp-1-" + "A1" * 11,
            "AGE-SECRET-KEY-1" + "Q1" * 21,
        )),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nMIIE\n-----END PGP PRIVATE KEY BLOCK-----\nend", "***\nend"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend", "***\nend"),
    ],
)  # fmt: skip
def test_credentials_are_replaced_and_the_message_stays(said: str, passed_on: str) -> None:
    assert printable(said) == passed_on


@pytest.mark.parametrize(
    "text",
    [
        "ssh://git@git.example.com:22/app.git: Permission denied (publickey)",
        'oci://registry.example.com/app@sha256:0f2e: not found',
        'secret "regcred" not found',
        "http://prometheus:9090/api/v1/query: dial tcp 10.0.0.1:9090: connect: connection refused",
        "password: must not be empty",
        "secret: git-credentials-2024 not found",
        "unexpected token: <",
        "password: ${{ secret('db-1').password }}",
        "docker run -u 1000:1000 app",
        "images: https://registry.example.com:5000/v2/app/tags/list: user@example.com",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_credential_stays(text: str) -> None:
    assert printable(text) == text


def test_what_a_terminal_obeys_is_taken_out_and_lines_stay() -> None:
    assert printable("\x1b[31mred\x1b[0m \x9b2Jtext\u202e!\r\nnext\tline") == "red text!\nnext line"


def test_a_line_stays_one_whatever_is_quoted_in_it() -> None:
    assert on_one_line("  Note: a\n\n  b \nVerdict: READY\n") == "  Note: a b Verdict: READY"
    assert on_one_line("  as it is ") == "  as it is "


def test_a_field_that_was_not_quoted_is_cleaned_all_the_same() -> None:
    seen = Evidence(object="Pod a", value="https://bot:hunter2@x\x07")

    assert seen.value == "https://bot:***@x "


def test_long_text_says_that_it_was_cut_and_keeps_its_end() -> None:
    assert (
        quoted("rendering failed: " + "x" * 200 + ": no such file", 45) == "rendering failed: xxxxxxxxxxx…no such file"
    )


def test_long_text_is_cut_between_words_where_one_ends_nearby() -> None:
    text = "error cloning the repository: " + "word " * 30 + "could not resolve the host"

    assert quoted(text, 60) == "error cloning the repository: word word…not resolve the host"


@pytest.mark.parametrize("cut", ["MIIEpAIBAAKCAQEA\nabcd+/=\n", "\\nMIIEpAIBAAKCAQEA\\nabcd=\\n", ""])
def test_the_end_of_a_private_key_that_lost_its_beginning_is_one(cut: str) -> None:
    assert printable(f"said: {cut}-----END RSA PRIVATE KEY-----, then") == "said: ***, then"


@pytest.mark.parametrize("text", ["-eyJ" * 250_000, "://a" * 250_000, "ghp_" * 250_000, "password=" * 100_000, "Bearer " * 100_000, "eyJ" * 300_000])  # fmt: skip
def test_a_megabyte_made_to_take_long_takes_no_longer(text: str) -> None:
    began = time.process_time()

    printable(text)

    assert time.process_time() - began < 5  # a hundredth of that as a rule; what backtracks takes minutes


def test_a_field_that_nobody_bounded_is_bounded() -> None:
    assert len(Evidence(object="Pod " + "a" * 100_000).object) == 4000


@pytest.mark.parametrize(
    ("said", "passed_on"),
    [
        ("POST /webhooks/github/0123456789abcdef0123: 500", "POST /webhooks/github/***: 500"),
        ("header Bearer abcdefghijklmnop1234 was refused", "header Bearer *** was refused"),
        (f"said eyJ{'a' * 12}.{'b' * 12}.{'c' * 12}, then", "said ***, then"),
        ("run with Private-Token: abcd1234", "run with Private-Token: ***"),
        ("discordapp.com/api/webhooks/1/abcd failed", "discordapp.com/api/webhooks/*** failed"),
        ("webhook.office.com/abcd/efgh failed", "webhook.office.com/*** failed"),
        ("https://b.example.com/?pa\u017fsword=abcd1234", "https://b.example.com/?pa\u017fsword=***"),
        ("X-Api-\u212aey: abcd1234 … was refused", "X-Api-\u212aey: *** … was refused"),
    ],
)
def test_credentials_that_little_around_them_tells_are_replaced(said: str, passed_on: str) -> None:
    assert printable(said) == passed_on
