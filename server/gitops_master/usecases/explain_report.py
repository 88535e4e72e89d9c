"""The text form of what explain answers."""

from gitops_master.model.explanation import Explanation, Manual

MOST_EXAMPLE = 240


def manual_report(manual: Manual) -> str:
    lines = [
        f"{manual.title} [{manual.id}]",
        f"Area: {manual.area}, class: {manual.class_.value}, severity: {manual.severity.value}, risk of the fix: "
        f"{manual.risk.value}",
    ]
    if manual.versions:
        lines.append(f"Holds for: {', '.join(manual.versions)}")
    for heading, text in (
        ("Symptom", manual.symptom),
        ("Why", manual.why),
        ("How to tell", manual.how_to_tell),
        ("What to do", manual.what_to_do),
        ("Not this when", manual.not_this_when),
    ):
        if text:
            lines += ["", f"{heading}: {text}"]
    if manual.texts:
        lines += ["", "Texts it matches (an example each):"]
        lines += [f"  - {one.name}: {_short(one.example)}" for one in manual.texts]
    if manual.explains:
        lines += ["", f"Explains, where it holds: {', '.join(manual.explains)}"]
    if manual.sources:
        lines += ["", "Sources:", *(f"  - {one}" for one in manual.sources)]
    return "\n".join(lines)


def candidates_report(answer: Explanation) -> str:
    if not answer.candidates:
        return answer.note
    many = f"{len(answer.candidates)} known causes print" if len(answer.candidates) > 1 else "One known cause prints"
    lines = [f"{many} a text like this, best first:"]
    for number, one in enumerate(answer.candidates, start=1):
        symptom = " (a symptom, no cause)" if one.is_symptom else ""
        lines += ["", f"{number}. {one.title} [{one.id}]{symptom}", f"   matched: {one.matched}"]
        if one.versions:
            lines.append(f"   holds for: {', '.join(one.versions)}")
        if one.what_to_do:
            lines.append(f"   what to do: {one.what_to_do}")
    if answer.left_out:
        lines += ["", f"Left out: {answer.left_out}"]
    return "\n".join([*lines, "", answer.note])


def list_report(answer: Explanation) -> str:
    count = sum(len(one.ids) for one in answer.areas)
    lines = [f"{count} known causes, symptoms and waits, by area:"]
    for one in answer.areas:
        lines += ["", one.area, *(f"  {id_}" for id_ in one.ids)]
    return "\n".join([*lines, "", answer.note])


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= MOST_EXAMPLE else joined[: MOST_EXAMPLE - 1] + "…"
