"""What a step's message says of a network or a service: Go's net package, gRPC, libcurl under git, and HTTP."""

from gitops_master.facts.patterns import END, Pattern

NETWORK_TROUBLE = Pattern(
    "network-trouble",
    r"connection refused|connection reset by peer|i/o timeout|TLS handshake timeout|no route to host|network is unreachable"
    r"|temporary failure in name resolution|could not resolve host|no such host|server misbehaving|broken pipe"
    r"|code = Unavailable|context deadline exceeded|Client\.Timeout exceeded|\btimed? ?out\b(?! after)|unexpected EOF"
    rf"|: EOF{END}"
    r"|(?:error|code|status|HTTP)[ :=(]+50[0234]\b|\b50[0234] (?:Internal|Bad|Service|Gateway)"
    r"|Service Unavailable|Bad Gateway|Gateway Time-?out|Internal Server Error"
    r"|(?:connection|remote end) (?:closed|hung up)|could(?:n't| not) connect to server|empty reply from server|early EOF"
    r"|TLS connection was non-properly terminated|SSL_ERROR_SYSCALL",
    "Go's net package, gRPC, libcurl under git, and HTTP",
    vectors=(
        'error running step "refused": error sending HTTP request: Get "http://127.0.0.1:1/none": dial tcp 127.0.0.1:1: connect: '
        "connection refused",
        "error cloning https://git.example.net/deploy.git: fatal: unable to access 'https://git.example.net/deploy.git/': Could not "
        "resolve host: git.example.net",
        "fatal: unable to access 'https://git.example.net/deploy.git/': The requested URL returned error: 503",
        'Post "https://git.example.net/api": EOF',
        "fatal: unable to access 'https://git.example.net/deploy.git/': Failed to connect to git.example.net port 443 after 12 ms: "
        "Could not connect to server",
        "fatal: unable to access 'https://git.example.net/deploy.git/': Empty reply from server",
        "fatal: the remote end hung up unexpectedly\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
    ),
)
NAME_UNRESOLVED = Pattern(
    "name-unresolved",
    r"(?:could not resolve host:? *|lookup )(?P<host>[\w.-]+)",
    "libcurl under git; Go net.DNSError",
    vectors=(
        "fatal: unable to access: Could not resolve host: git.example.net",
        "dial tcp: lookup git.example.net: no such host",
    ),
    is_detail=True,
)
NOT_TRANSIENT = Pattern(
    "not-transient",
    r"\b(?:401|403|404)\b|unauthori[sz]ed|forbidden|authentication|permission denied|could not read (?:Username|Password)"
    r"|does not exist|not found|x509|certificate|failed calling webhook|is invalid|Invalid value"
    r"|Manifest generation|DeadlineExceeded|rate limit|too ?many ?requests|\b429\b|timed out waiting for the condition",
    "HTTP, git, the API server, Argo CD: what stays wrong until somebody mends it",
    vectors=(
        "fatal: repository 'https://git.example.net/shop/conf.git/' not found",
        "The requested URL returned error: 403",
    ),
)
HOST = Pattern(
    "host",
    r"(?:could not resolve host:? *|https?://(?:[^\s/@]{1,200}@)?|ssh://(?:[^\s/@]{1,200}@)?|lookup |git@)(?P<host>[A-Za-z0-9][\w.-]*[\w])",
    "The host that an error of git, curl or Go names",
    vectors=("fatal: unable to access 'https://git.example.net/deploy.git/'", "ssh://git@git.example.net/deploy.git"),
    is_detail=True,
)
