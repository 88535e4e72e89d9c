"""Names, selectors and contexts of any content stay what they are: one word, and never text of a shell."""

import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_master.adapters.kubectl_command import Identity
from gitops_master.ports.api import Request
from tests.adapters.kubectl_command.far_side import FarSide

ATTACKS = [
    "--kubeconfig=/etc/passwd", "-o", "--", "$(touch x)", "`touch x`", "; touch x", "| touch x", "&& touch x #", "> x", "'; touch x; '",
    '"; touch x; "', "\\'; touch x; \\'", "!touch", "${IFS}touch${IFS}x", "a\\", "'", '"', "~", "*", "%s%n", "\u202e", "é😀", "a\tb", "\x1b[2J", " ",
]  # fmt: skip
HOSTILE = st.one_of(
    st.sampled_from(ATTACKS),
    st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=4).map("".join),
    st.text(st.characters(exclude_characters="\0\n\r", codec="utf-8"), min_size=1, max_size=30),
)
NAMES = HOSTILE.filter(lambda name: "/" not in name and "%" not in name and name not in (".", ".."))


@pytest.mark.parametrize("way", ["near", "far"])
@settings(deadline=None, max_examples=25)
@given(name=NAMES, selector=HOSTILE, context=HOSTILE, user=HOSTILE)
@example(name="$(touch x)", selector="'; touch x; '", context="--kubeconfig=/etc/passwd", user="`touch x`")
@example(name="-o", selector="\\", context="'", user="!x")
async def test_hostile_text_is_one_word_of_kubectl(way: str, name: str, selector: str, context: str, user: str) -> None:
    folder = Path(tempfile.mkdtemp())
    far = FarSide(folder).answers()
    api = far.api(way, Identity(context, as_user=user, as_groups=(context,)))
    path = f"/apis/kargo.akuity.io/v1alpha1/namespaces/{quote(name, safe='')}/stages"
    try:
        await api.get(
            [
                Request(path, (("labelSelector", selector),)),
                Request("/api/v1/namespaces/shop/secrets", (("labelSelector", selector),), metadata_only=True),
            ],
            deadline_s=60,
        )

        flags = [f"--context={context}", f"--as={user}", f"--as-group={context}"]
        raw = f"/apis/kargo.akuity.io/v1alpha1/namespaces/{quote(name, safe=':')}/stages?labelSelector={quote(selector, safe=':')}"
        table = ["get", "secrets.v1.", "--show-labels", "--namespace=shop", f"--selector={selector}"]
        assert far.asked() == sorted([[*flags, "get", f"--raw={raw}"], [*flags, *table]])
        assert far.litter() == []
    finally:
        shutil.rmtree(folder)
