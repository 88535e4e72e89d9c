"""What credentials look like: in messages of controllers, in logs, in what tools print of themselves."""

import re

_MIXED = r"(?=[^\s\"',;}]{0,200}\d)(?=[^\s\"',;}]{0,200}[A-Za-z])"
"""Letters and digits both: after a colon a word alone is more likely said of a credential than one."""
_VALUE = r"[^\s\"',;}]{4,}"
"""Without an end: what is left of a long one would be shown."""
CREDENTIALS = (
    (("private key",), re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)", re.DOTALL), "***"),
    (("@",), re.compile(r"(://[^\s/:@]{0,200}):[^\s/@]{1,500}@"), r"\1:***@"),
    (("@",), re.compile(r"://(?:gh[a-z]_|github_pat_|glpat-)[\w-]{1,300}@"), "://***@"),
    (
        ("password=", "passwd=", "secret=", "token=", "key=", "sig=", "signature="),
        re.compile(
            r"((?:password|passwd|secret|token|api[_-]?key|\bsig|X-Amz-Signature)=)[^\s&\"',;]{4,}",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    (("authorization",), re.compile(r"(\bauthorization\"?[ \t]*[:=][ \t]*\"?(?:bearer|basic|token|digest|apikey|negotiate|aws4-hmac-sha256)[ \t]+)[^\"\n)]{1,}", re.I), r"\1***"),
    (("token", "key", "secret", "auth", "cookie"), re.compile(rf"((?<![\w-])(?:x-[\w-]{{0,60}}(?:token|key|secret|auth)|private-token|api[_-]?key|(?:set-)?cookie)\"?[ \t]*:[ \t]*\"?){_VALUE}", re.I), r"\1***"),
    (("--",), re.compile(rf"((?<![\w-])--(?=[a-z])[\w-]{{0,60}}(?:password|passwd|passphrase|token|secret|api-?key|private-?key)[= ][\"']?){_VALUE}", re.I), r"\1***"),
    (("token=", "password=", "passwd=", "secret=", "key=", "dsn="), re.compile(rf"(\b[A-Z0-9_]{{0,80}}(?:TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|PRIVATE_KEY|ACCESS_KEY|DSN)=[\"']?){_VALUE}"), r"\1***"),
    (("pass", "token", "secret", "key", "dsn"), re.compile(r"(\"[\w.-]{0,60}(?:password|passwd|passphrase|token|secret|api_?key|private_?key|access_?key|dsn)\"[ \t]*:[ \t]*\")[^\"\n]{1,}", re.I), r"\1***"),
    (("hook",), re.compile(r"(\bhooks\.slack\.com/(?:services|workflows|triggers)/|\bdiscord(?:app)?\.com/api/webhooks/|\bwebhook\.office\.com/)[^\s\"'<>]{4,1000}"), r"\1***"),
    (("/webhooks/",), re.compile(r"(/webhooks/[\w-]{1,60}/)[0-9a-f]{16,128}"), r"\1***"),  # Kargo's receivers: who knows the path may call them
    (("akia", "asia", "aiza", "npm_", "sk-"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bnpm_[A-Za-z0-9]{36}|\bsk-[A-Za-z0-9_-]{20,200}"), "***"),
    (("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox"), re.compile(r"\b(?:gh[oprsu]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abprs]-[\w-]{10,255})"), "***"),
    (("bearer ", "basic "), re.compile(r"\b((?:Bearer|Basic) )[A-Za-z0-9+/._~=-]{16,}"), r"\1***"),
    (("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]{10,4000}\.[\w-]{10,4000}\.[\w-]{5,4000}"), "***"),
    (("-u ", "-u=", "--user"), re.compile(r"((?<![\w-])(?:-u|--user)[ =][\"']?[\w.@+-]{1,100}:)(?=[^\s\"']{0,100}[A-Za-z])[^\s\"']{4,}"), r"\1***"),
    (("accountkey=", "accesskey=", "signature=", "pwd="), re.compile(r"((?:AccountKey|SharedAccessKey|SharedAccessSignature|(?<![A-Za-z])Pwd)=)[^\s;\"']{4,}", re.I), r"\1***"),
    (("password", "passwd", "passphrase", "secret", "token"), re.compile(r"((?:password|passwd|passphrase|secret|token)[ \t]?=[ \t]?([\"']))[^\"'\n]{4,}(?=\2)", re.I), r"\1***"),
    (("password", "passwd", "passphrase", "token", "key", "client"), re.compile(rf"(\b[\w.-]{{0,60}}(?:password|passwd|passphrase|token|api[_-]?key|access[_-]?key|client[_-]?secret|secret[_-]?key|client-key-data)[\"']?[ \t]*[:=][ \t]*[\"']?){_MIXED}[^\s\"',;}}${{(<&]{{8,}}", re.I), r"\1***"),
    (('"auth',), re.compile(r"(\"auth\"[ \t]*:[ \t]*\")[A-Za-z0-9+/=]{8,}"), r"\1***"),
    (("$2",), re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"), "***"),
    (("bearer ", "basic "), re.compile(rf"\b((?:bearer|basic) ){_MIXED}[A-Za-z0-9+/._~=-]{{16,}}", re.I), r"\1***"),
    (("sk_", "rk_", "whsec_", "sg.", "hf_", "pypi-", "dckr_", "hvs.", "hvb.", "dop_v1_", "age-secret-key-", "xapp-"), re.compile(r"\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[\w+/=-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|hf_[A-Za-z0-9]{24,}|pypi-AgE[\w-]{16,}|dckr_[a-z]{2,5}_[\w-]{20,}|hv[sb]\.[\w-]{20,}|dop_v1_[0-9a-f]{40,}|AGE-SECRET-KEY-1[A-Z0-9]{40,}|xapp-\d-[\w-]{20,})"), "***"),
    (("gldt-", "glrt-", "glcbt-", "glft-", "gloas-", "atatt3x", "glsa_", "glc_", "nrak-", "shpat_", "dapi", "lin_api_", "ya29.", "gocspx-"), re.compile(r"\b(?:gl(?:dt|rt|cbt|ft|oas)-[\w-]{20,}|ATATT3x[\w=-]{16,}|glsa_\w{24,}|glc_[\w=-]{20,}|NRAK-[A-Z0-9]{20,}|shpat_[0-9a-f]{32}|dapi[0-9a-f]{32}|lin_api_[A-Za-z0-9]{32,}|ya29\.[\w.-]{16,}|GOCSPX-[\w-]{16,})"), "***"),
)  # fmt: skip
"""One of which every match holds, in lower case; the pattern; what replaces it. Most texts hold none of the first, which are
found much faster.

In this order: what is between two marks, or follows one, goes before what a mark next to it may be taken for a part of.
"""
