"""Everyday English words that are spelt right though they are near to words of ours (regions, reasons), and say nothing here."""

from gitops_master.routing.spelling import words

EVERYDAY = words(
    """accent accident actual adventure advice africa agriculture alike alloy alter america anchor anniversary apple apples
    arch architect architecture argentina arm asia athens australia austria authors automation bail banana bananas
    baptism barber barcelona bare bargain bark bars basket bass batteries battery beaches beat better bicycle black
    blanket blockers boston bounds braces brain brake brazil breath breathing brew bride bridge bright bringing britain
    brother brown brussels burger cached caching california calories camel camera canada candle captain card caret
    carpenter carpet ceiling cell cells center centre channels char charge charger charm chars chef cherry chicago chile
    china chip chips chop chord christmas chunk church clash clause clauses clever closer clothing cloud clouds coach
    codes coding commas comments complain complaint complaints complex compliant computed conditional conform conforms
    confuse constant constrain contained contents contest convenient convey cope copenhagen corridor couch covers
    credential crowd cruise culture cure currency curry curtain custom danger dark death default delivery denmark denote
    derive diagnostic diagnostics dial diesel dirs divorce docs dots drain drone dual dublin dutch ease easter education
    egypt electrician elevator emit engine engines england entertainer environmental escalator europe evident evt exceed
    exceeds exceptional execution exited explode exposed exposes extent factor factory feather feed feet ferry field
    file fill filling finger finland finnish flags floor florida font forced fore fork fountain france friendship fries
    functions funeral funny furnished gallons garage garlic gasoline generator germany ginger gold graduation graft
    grain greece greek greet greeting hack hairdresser halloween handy hanukkah harm headphones heal heap heaps held
    helmet helsinki hiding holes honey hungary hunger hunter iceland ideal ideally immediate inches incident india
    inject inset inspector intent internals intro invert ireland island italy japan journalist juice kilo kilos kitten
    kittens known korea laid lake lang latex latter lawn laws lawyer leadership leaf leap lease leather lecture lemon
    length lengths librarian linked linking links lobby location logos lose managed manages manger manner mask masking
    mass master mattress mechanism meets melbourne membership menu mere mesh meters metres mexico milk minus mirror
    mitten mixture modal monkey mono motor nation nature nearby nest nonce noodles norway noun nurse onion operations
    optional oslo ounces overall ownership pages paging paint painter parent parking parse parsed parsing paste patch
    peach peasant pedal peer peers pepper petrol pharmacist pictures pike pillow pink pirate plane plant pleasant
    plumber pocket pointer poland polish portions portugal potato potatoes pounds prague processor prompt prompts
    property pruning quality quantity quarter quote radio raining ramadan ramen ranger ratio reaching readable realm
    recover refers refuse regarding region regions relating relation relations relationship relies relying repl replay
    replicate research reserve resets resident resort respects retrieve returning reuse revise rewrites rice ridge
    ringing river riverboat rocket roof rotor safety sailor sake salt sass scooter scotland sealed seattle seed seek
    selection selects served serves shampoo shark sharp sheep sheet shelf shell shim shopping shortest shown signature
    sing singer singing sink sites slave slice slope snap soap socket sole sometime spain span spans speaker speakers
    speaking speech squid stack stairs stat stats statute stem stock stockholm storage stored storey storing storm
    stranger strawberry stream streaming string strings stripped stripping studio suck supported sushi swarm sweden
    swift sword sydney tablet teaching tee temperature temple terminal texas texture thailand thanksgiving theme thin
    thrown tick tilde tire tires token tomato tomatoes toothbrush toothpaste toronto towel trace trainer transaction
    transitional tricky trim triple turkey tyre undef urn usable util vary victory vienna vietnam waiter wars waves
    wealth wealthy wheel width wing wink worldwide worm writer written zurich"""
)
