"""Checks what the references say: every code span of them is of a known sort, and what it names exists.

A span is one of these; anything else is a fault, since nobody could tell whether it is true:
- a field, from its Kind on: `Stage.status.conditions[].type`, any key of a map as `<key>`, a value it may have behind `=`;
- a condition: `Stage Ready=False/NoFreight`, where status and reason may be left out;
- a kind, reason or value by itself, in one word: `ReconcileError`;
- an annotation, label, finalizer or API group: `kargo.akuity.io/refresh`, a value behind `=` or `: `;
- a message in double quotes, with … for any text: `"Make sure the "…" CRD is installed"`;
- a command of kubectl, kargo, argocd or gitops-master, with sub-commands and options that exist;
- a promotion step: `argocd-update`; rules are links, [id](gitops://rules/id);
- an expression `${{ … }}`, a file name, a plain value (`true`, `5m`);
- what `tests/references/from_source.yaml` lists as a name.
Outside of spans, words of several humps and annotations must be known, too.

Reads the products' own CRDs and step schemas in place; knows no cluster, writes nothing.
"""
