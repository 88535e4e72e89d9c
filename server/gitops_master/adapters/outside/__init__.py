"""Names, TLS and HTTP asked from where this program runs: `ports.outside.Outside`. GETs without credentials, nothing is followed.

No judgement about what an answer means; that is the probes'. `policy` and `targets` decide what may be asked at all.
Importing this loads neither an HTTP library nor one for certificates: that happens at the first ask.
"""

from gitops_master.adapters.outside.from_here import FromHere, secrets_in
from gitops_master.adapters.outside.names import Names, NoResolver, NoSuchHost

__all__ = ["FromHere", "Names", "NoResolver", "NoSuchHost", "secrets_in"]
