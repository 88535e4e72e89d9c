"""The parser agrees with expr-lang v1.17.8 itself: what that program said of made-up expressions was recorded."""

import json
from pathlib import Path

import pytest

from gitops_master.manifests.expr_parser import parse
from gitops_master.manifests.expr_tokens import ExpressionError

RECORDED = json.loads((Path(__file__).parent / "expressions_of_go.json").read_text())


@pytest.mark.parametrize("text", RECORDED["accepted"])
def test_what_expr_lang_compiles_is_parsed(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", RECORDED["refused"])
def test_what_expr_lang_refuses_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)
