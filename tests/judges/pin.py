"""`python -m tests.judges.pin` writes the package-lock.json of both folders anew, after a change of their package.json.

Versions and hashes are kept, addresses are not: neither those of downloads nor those of sponsors.
"""

import json
import subprocess

from tests.live.programs import JUDGES, OWN_NODE


def main() -> None:
    for packages in (JUDGES, OWN_NODE):
        command = ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--ignore-scripts"]
        subprocess.run(command, cwd=packages.folder, check=True)
        lock = packages.folder / "package-lock.json"
        content = json.loads(lock.read_text())
        for one in content["packages"].values():
            one.pop("funding", None)
        lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
