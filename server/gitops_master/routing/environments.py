"""What environments are called: one word for each sort, and the other words for it."""

_ENVIRONMENTS = {
    "prod": "production prd prods produktion produktiv produccion producao produzione productie produkcja produkcji produkcje pro",
    "staging": "stg stag stage",
    "dev": "development develop devel entwicklung desarrollo desenvolvimento sviluppo ontwikkeling",
    "test": "testing tst",
    "qa": "quality quality-assurance",
    "uat": "acceptance abnahme",
    "preprod": "preproduction preprd preproduccion ppd pprod",
    "int": "integration integ",
    "sandbox": "sbx",
    "canary": "canaries",
    "nonprod": "nonproduction",
}
CANONICAL = {word: env for env, words in _ENVIRONMENTS.items() for word in (env, *words.split())}
