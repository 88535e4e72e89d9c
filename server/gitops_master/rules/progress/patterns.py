"""What Kargo prints about promotion policies."""

from gitops_master.facts.patterns import Pattern

REGEX_REFUSED = Pattern(
    "regex-refused",
    r"error parsing regexp: (?P<error>[^`\"]+?): `",
    "Go regexp/syntax Error.Error, which akuity/kargo@v1.11.2 pkg/api/auto_promotion.go wraps",
    vectors=(
        'error parsing PromotionPolicy name pattern "regex:^(dev|qa": error parsing regexp: missing closing ): `^(dev|qa`',
    ),
    is_detail=True,
)
