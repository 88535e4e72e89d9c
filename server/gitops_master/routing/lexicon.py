"""English words and what they say about a request. `_` joins the words of a phrase; the longest phrase wins.

One word may have several senses; which of them counts is decided by its place in the clause (wishes.py).
"""

from gitops_master.routing.everyday import EVERYDAY
from gitops_master.routing.loanwords import LOANWORDS
from gitops_master.routing.spelling import fold, words

ENGLISH: dict[str, str] = {
    # what asks for a cause
    "WHY": "how_can_it_be how_is_it_possible how_on_earth how_is_it_that how_so why_the_heck why_on_earth why_the_hell what_makes what_made why how_come what_for reason reasons y_tho",
    "CAUSE": """what_is_wrong what_went_wrong what_is_going_on what_is_happening what_is_going_wrong what_happened what_broke what_failed
        what_fails what_is_failing what_is_broken what_is_up_with what_is_up what_is_the_matter what_is_the_problem what_is_the_issue
        what_is_the_deal what_gives any_idea any_ideas any_clue any_thoughts what_on_earth what_the_hell what_is_holding going_on wrong_with root_cause cause causes caused rca troubleshoot troubleshooting debug debugging diagnose
        diagnosis investigate investigation analyze analyse postmortem post_mortem look_into looking_into dig_into
        figure_out get_to_the_bottom blocking holding_up holding_back prevents preventing prevent_from keeping what_went
        what_does_this_mean what_does_that_mean what_does_it_mean mean means meaning unblock unstick unstuck getting_in_the_way
        what_are_we_missing what_am_i_missing what_stops stopping_it logs log""",
    "HELP": "help fix repair resolve solve sort_out help_me assist take_care_of handle bring_back get_it_working",
    "FILLER": """same_as_yesterday same_as_last_time same_as_last_week same_as_before same_as_always same_as_usual same_as_earlier same_again same_thing_again same_procedure from_now_on going_forward in_future in_the_future as_usual once_and_for_all came_back comes_back come_back last_time this_time next_time for_me for_us out_of_curiosity when_you_get_a_chance when_you_have_a_chance when_you_have_time when_you_get_a_minute when_you_have_a_minute when_you_have_a_moment if_that_is_ok if_you_can if_you_could if_you_would if_you_do_not_mind at_your_convenience if_it_is_not_too_much_trouble if_it_is_not_too_much_to_ask quick_one sorry_to_bother sorry_to_bother_you in_advance long_story_short by_the_way if_possible no_rush wall_of_text too_much_trouble no_problem no_worries for_now
        at_the_moment on_call thanks_a_lot as_of_now as_usual of_course right_now at_all as_soon_as_possible many_thanks i_mean at_once by_hand""",
    # states
    "BAD": """ded a_mess messy wreck wrecked trashed kaboom rip burning ablaze something_is_off is_off_with off_with fishy amiss not_right take_forever take_ages take_too_long takes_too_long no_new_images no_new_image no_new_tags no_new_tag no_new_builds no_new_build no_new_commits no_images no_tags no_freights exceeded deadline_exceeded zombie spins spin belly_up never_ends never_finish never_end never_stops never_completes never_came_up tits_up kaputt pear_shaped haywire bonkers borks borking barfing barfed bombing puking pukes dead_in_the_water in_limbo in_a_loop limping limps lagging lags not_happy unhappy unwell sad crying yelling complaining complains no_progress hung_up gummed_up clogged congested backed_up wonky funky fubar snafu nuked corrupted corrupt mismatch mismatched out_of_whack out_of_date lost_connection cannot_connect sulking acting_weird misbehaves misbehave exploded exploding explodes blew_up blows_up blowing_up fell_over falls_over falling_over tanked tanking went_south went_sideways gone_wrong goes_wrong going_wrong go_wrong went_wrong bricked choked crapped_out craps_out dropped_out not_responding stopped_responding no_longer gives_up gave_up giving_up bailed bails bailing sits_there sitting_there just_sits waiting_forever waits_forever taking_forever takes_forever taking_ages takes_ages too_long so_long doomed ruined tripping tripped tripping_up unsynced desynced drifted starving starved throttled unschedulable insufficient evicted refusing bounces bouncing inconclusive unknown 500 502 503 504 404 403 401 5xx 500s 502s 503s 504s 404s http_500 http_503 been_running running_for for_days for_weeks yellow amber orange no_new_freight no_new_version no_new_versions stuck hang hangs hanging hung fail fails failed failing failure failures broken broke breaks breaking crash crashes crashed
        crashing crashloop crashloops crashlooping crashloopbackoff error errors errored erroring unhealthy degraded outofsync
        out_of_sync red down timeout timeouts timed_out timing_out times_out refuses refused denied forbidden missing
        blocked wrong weird strange slow dead flaky oom oomkilled oomkill imagepullbackoff errimagepull unresponsive acting_up
        stalled stall halted issue issues problem problems trouble bug borked hosed messed_up screwed toast busted bust dying dies
        died unreachable rejected reject rejects looping loops unavailable unverified
        no_freight nofreight stopped_working gone nothing_happens stopped_moving stale never_finishes still_running
        for_hours for_ages forever not_moving does_nothing freezes frozen exception panic panics on_fire misbehaving spinning
        reconcileerror lastpromotionerrored verificationfailed syncerror comparisonerror sick choking chokes barfs bombs bombed 
        restarting keeps_restarting kept wedged jammed hiccup hiccups throws throwing flapping flaps""",
    "ENDLESS": "keeps keep still_pending pending progressing still_progressing stays",
    "GOOD": """in_good_health good_to_go all_clear all_good hunky_dory shipshape a_ok still_alive up_and_running humming purring nominal operational online any_good back_up landed_in cleared green_again rolled_out_fully sound intact functional serving current matching accurate true in_place ok okay healthy good fine green ready up running works working alive verified synced in_sync pass passed passing passes
        succeeded succeed successful succeeds done finished finish complete completed stable deployed through up_to_date clean worked
        fully_rolled_out in_order all_right alright happy solid landed arrived well reachable responding recovered live available_again
        made_it out_there still_hold still_holds hold_true holds_true still_true still_valid still_accurate still_correct still_the_case still_current still_current still_up_to_date made_it_to made_it_into made_it_in in_good_shape in_shape safe settled sorted resolved fixed""",
    "STATUS": "status state health condition statuses how_is how_are how_does how_did how_goes doing sitrep situation progress",
    # verbs and nouns of verification
    "VERIFY": """double-check cross-check cross_check double_checking double-checking spot_check spot-check vet audit have_a_peek take_a_peek take_a_quick_look have_a_quick_look have_a_gander take_a_gander have_a_squiz give_a_once_over once_over smoke-test sanity-check sanity_test make_certain verify_that poke poke_at keep_an_eye ping vouch reverified re-verified retested re-tested rechecked re-checked verify test check validate confirm ensure make_sure double_check doublecheck sanity_check health_check healthcheck smoke_test
        inspect take_a_look have_a_look look_at look_over peek glance probe verifying checking validating reverify re-verify
        retest re-test recheck re-check test_it eyeball see_whether see_if assess examine""",
    "LOOK": "check look have_a_look take_a_look look_at see inspect have_look checking peek glance",
    "VERIFICATION": """verification verifications analysisrun analysisruns analysis_run analysis_runs smoke_tests
        smoketest smoketests tests test_suite analysis smoke acceptance_tests e2e test_run checks""",
    "AGAIN": """another_spin another_whirl another_shot another_run another_round another_pass one_more_run one_more_go one_more_shot one_more_try one_more_round second_try reverified re-verified retested re-tested rechecked re-checked rerunning rerun re-run reverify re-verify retest re-test recheck re-check retrigger re-trigger restart repeat redo again once_more another_time relaunch retry
        retrying one_more_time give_it_another_go give_it_another_try try_again re-execute reexecute another_go another_try anew re-do re-trigger rerunning re-running""",
    "RUN": "run start trigger launch kick_off execute kick begin fire fire_off do",
    # moving Freight
    "MOVE": """grab_what grab_whatever take_whatever off_to away_to cut_over cut cutover cutover_to yeet yolo nudge shove shovel shift shift_to chuck throw_it_on throw lob drop_it_on fling slide advance_it bump_it bump_up cut_a_release ship_it green_light_it flip flip_over flip_to switch_over switch_over_to roll_onto roll_it roll_this wave_through pull_into pull_in get_out get_it_out out_the_door usher migrate_freight dispatch land_it land_this sling transition hand_over kick_over plonk promote deploy ship release move push roll_out rollout advance bring send put publish forward go_live deliver graduate land
        roll_forward rolling_out get_into get_onto propagate pass_on take get_it_into fast_forward fast-forward
        put_through let_through promote_it let_go carry sync_up redeploy re-deploy repromote re-promote promoto hotfix pull_up progress_it""",
    "TURN": "update upgrade bump change set switch point replace swap get make add go",
    "BACK": """back_it_out back_this_out back_that_out rollbck unship undeploy unpromote demote take_it_back put_it_back pull_it_back pull_back yank unroll rollback_to bring_it_back switch_back flip_back flip_it_back reverse step_down rollback roll_back revert back_out undo downgrade go_back step_back back_to roll_it_back put_back take_back rolling_back
        rolled_back restore fall_back back rewind""",
    "STOP": """park shelve scrap nix axe ditch withdraw discontinue put_a_hold put_a_stop put_the_brakes hit_the_brakes pump_the_brakes hit_pause stop_it pull_the_cord lock_down stand_down shut_off cease kibosh ban forbid disallow quarantine gatekeep on_hold hold_up hold_fire hold_it hold_that hold_the_line let_nothing let_no_more stop abort cancel halt terminate kill pause freeze hold block hold_back hold_off prevent suspend put_on_hold call_off
        pull_the_plug quit interrupt keep_out lift lock unfreeze resume unpause""",
    "APPROVE": "rubber_stamp rubber-stamp give_the_go_ahead give_it_the_green_light thumbs_up ok_it okay_it authorise authorize clear_it accept_it give_the_thumbs_up wave_it_through mark_as_approved approve approval sign_off signoff greenlight green-light give_the_green_light bless unblock_it",
    "MOVED": """promoted deployed shipped released moved pushed rolled_out published promoting deploying shipping releasing moving pushing
        advancing promotes deploys ships moves going goes go arrived advanced reached reach""",
    "PROMOTION": "promotion promotions deployment deployments rollout rollouts release releases promo promos deploy",
    "FREIGHT": "freight freights newest latest version versions build builds artifact artifacts revision revisions tag tags image images commit commits candidate candidates hotfix sha digest",
    "AVAILABLE": """can_be_promoted could_be_promoted can_be_deployed may_be_promoted can_be_rolled_out can_be_shipped can_be_released can_go could_go ready_to_promote ready_to_be_promoted ready_for_promotion waiting_to_be_promoted awaiting_promotion awaiting ready_to_go_out ready_to_ship what_is_next what_comes_next next_for next_in_line what_is_new available availability candidate candidates newer new_freight new_version new_versions promotable eligible queued queue waiting_for
        newest_freight latest_freight anything_new something_new options what_can what_could what_would what_will what_may choose_from pick_from upcoming next_up
        new_builds new_build new_images new_image new_release new_releases lined_up""",
    "ACROSS": """version_matrix versions_matrix release_matrix deployment_matrix promotion_matrix stage_matrix version_table version_map who_has where everywhere across pipeline pipelines all_stages every_stage each_stage per_stage which_stages which_stage all_environments each_environment
        every_environment which_environments all_envs per_environment behind ahead diff difference differences differ compare comparison drift overview
        between what_differs same_version same_as all_the_stages versus vs whole_pipeline entire_pipeline which_envs environments stages
        which_environment which_env""",
    # configuration
    "SETUP": """restrict_it model document make_it needs wants add create configure set_up setup enable disable change increase decrease raise lower reduce extend edit modify write
        generate scaffold bootstrap define remove delete drop rename switch_on switch_off turn_on turn_off adjust tune tweak set introduce wire
        wire_up hook_up grant migrate convert require automate insert append replace update make bump lengthen shorten declare
        provision draft adding configuring creating enabling disabling allow swap get_rid_of parametrize refactor
        onboard skip limit restrict mount attach connect subscribe register annotate label switch activate deactivate specify
        double halve cap relax tighten give use tell put want need build split merge_yaml craft give_me have look_like""",
    "CONFIGURE": """turn_that_on turn_that_off switch_it_off switch_it_on turn_it_off turn_it_on set_this_up set_it_up set_that_up configure set_up setup enable disable scaffold bootstrap configured configuring define onboard lint switch_on switch_off
        turn_on turn_off rename automate parametrize""",
    "SETTING": """automated_sync automatic_sync sync_policy syncpolicy self_heal selfheal self_healing prune pruning rc_tags semver_range tag_pattern retry_block retry_policy retry_stanza verification_block verification_config analysis_config load_test load_tests k6 helm_chart_subscription step_config wait waits yaml yml manifest manifests config configs configuration template templates analysistemplate analysistemplates analysis_template
        retries errorthreshold error_threshold timeout timeouts retry soak soaktime soak_time soaking rbac role roles rolebinding
        clusterrole permission permissions rights serviceaccount service_account policy policies subscription subscriptions semver
        constraint promotiontemplate promotion_template promotiontask promotion_task promotion_steps steps step cron schedule webhook
        webhooks secret secrets credentials kustomize helm_values autopromotion auto-promotion auto_promotion auto-promote
        auto_promote autopromote gate gates manual_approval manual_approvals notification notifications values annotation annotations label labels snippet
        example examples boilerplate spec crd threshold interval backoff failurelimit failure_limit metric metrics freshness
        requestedfreight requested_freight promotion_mechanisms gitrepo repo_url selector sources control_flow shard
        automatic_promotion automatic_promotions approval_step approval_gate settings setting defaults auto_promotes auto_promoting
        auto-promoting autopromoting auto-promoted autopromotes auto-promotes auto-promotions replicas access verification_step smoke_test smoke_tests health_check prometheus promotion_process
        promotion_policy promotion_policies automatically by_itself by_themselves on_its_own on_their_own slack verification args job""",
    "YAML": "yaml yml manifest manifests config configuration template snippet boilerplate lint linting linter spec definition",
    "AUTO": """by_itself by_themselves on_its_own on_their_own autopromotion auto-promotion auto_promotion auto-promote auto_promote autopromote automatic_promotion
        automatic_promotions auto-promotions automatically""",
    "NEWTHING": """stage stages project warehouse warehouses environment environments verification verifications analysistemplate analysis
        step steps env pipeline check checks gate""",
    "LINT": "lint linting valid correct syntax typo right_way review sane well_formed makes_sense make_sense right",
    # grammar
    "HOWTO": """what_do_i_put what_do_we_put what_should_i_put what_do_i_write what_should_i_write what_do_i_set what_do_i_add what_would_i_put how_does_one_go_about how_do_i_go_about how_would_i_go_about how_do_i_best how_do_people how_can_one how_would_one how_does_it_work_to how_do_you_make how_do_i how_do_we how_can_i how_can_we how_to how_would_i how_would_we how_should_i how_should_we how_could_i how_does_one
        how_might_i how_i_can how_we_can how_i_would how_we_would how_do_you whats_the_way what_is_the_best_way best_way
        what_is_the_right_way how_i_should how_exactly_do_i what_do_i_need_to how_about""",
    "WHAT": "how_long how_old how_many how_much how_often how_far since_when what which where who when whose",
    "ASKVERB": "is are was were has have had does do did will would can could should may might shall must am be been",
    "WHETHER": "whether if",
    "ORNOT": "or_not or_nah or_no yes_or_no oder_nicht oder_nich ou_pas ou_non o_no o_meno o_non of_niet ou_nao czy_nie eller_inte eller_ej ja_oder_nein si_o_no oui_ou_non sim_ou_nao tak_czy_nie ja_of_nee",
    "CAREER": "at_work my_boss my_manager staff_engineer senior_engineer principal_engineer team_lead tech_lead pay_rise senior_manager",
    "SHOW": "show list tell display print give see describe summarize summarise report explain view fetch",
    "NOT": "not no never without neither nor instead_of rather_than cannot hardly unable nothing none nobody",
    "IN": "in on at within inside of for into",
    "TO": "off_to away_to over_to on_to to into onto towards toward -> → => up_to",
    "FROM": "from out_of off <- ← <- ←",
    "STAGEWORD": "stage env environment stages environments cluster",
    "APPWORD": "app application applications apps service argocd_app argo_cd_app argo_app",
    "PROJECTWORD": "project projects namespace",
    "PRODUCT": """kargo argo argocd argo_cd argo-cd argo_rollouts kubernetes k8s helm kubectl gitops openshift eks gke aks
        istio minikube rancher k3s""",
    "DOMAIN": """stage stages freight freights warehouse warehouses kargo argo argocd argo_cd promotion promotions promote verification
        verifications pipeline pod pods deployment deployments rollout rollouts cluster sync analysisrun analysistemplate yaml
        replicas container ingress namespace helm kubernetes k8s kubectl gitops manifest release releases environment environments rbac
        env crd app apps application applications service services image images version versions build builds deploy deployed
        serviceaccount kustomize webhook soak autopromotion auto-promotion crashloopbackoff imagepullbackoff outofsync rollback
        synced hotfix changelog node nodes job controller repo-server repo_server reposerver analysis retries canary stg staging""",
    "BEFORE": "before prior_to ahead_of until",
    "AFTER": "after once when as_soon_as following while during whenever",
    "BECAUSE": "because since so_that as_we as_i cause_we in_order_to given_that although though even_though that_way so_we so_i so_it so_this so_they so_those so_these",
    "YOU": "you u ya",
    "WE": "i we they somebody someone he she it people",
    "WISHWORD": "could rather needs wants want need like love wish please should must let lets plan gotta wanna intend supposed mean hoping hope",
}

COMMON = words(
    """the a an and or but then this that these those it its my our your his her their me us them him please pls plz
    just only also too very really quick quickly asap now today tomorrow yesterday tonight morning evening week
    month hour hours minutes minute min mins secs second seconds day days hey hi hello yo dear thanks thank thx
    cheers kindly sorry um uh hmm well so ok thing things stuff something anything everything nothing one ones two
    three four five first last latest newest current currently previous next old new some any all both each every
    other another same here there up out over under about again against as by with than like time times yet already
    still maybe perhaps possible possibly possibility could would should might may more most less few many much lot
    lots bit little big small long short got gets getting gotten got want wants wanted wanting need needs needed
    know knows think thinks thought believe guess wondering wonder question questions idea ideas quick real sure
    certain let lets us if else when while who whom whose what which where how why yes no not nope yeah yep yup nah
    get go goes going went come comes coming came make makes made making take takes took taken give gives given keep
    keeps kept put puts say says said saying tell tells told see sees saw seen look looks looking looked find finds
    found use uses used using try tries tried trying work part whole right left main live team folks guys mate
    everybody everyone anyone someone boss colleague colleagues people person customer customers change changes
    changed happen happens happened happening seem seems seemed appear appears actually basically simply probably
    usually always never ever often sometimes since until till from into onto off on in at of for to be been being
    is are was were am do does did done doing has have had having can will shall must cannot friday monday tuesday
    wednesday thursday saturday sunday weekend noon midnight way ways set point case place side end start begin back
    forward instead rather between through via per near far further anyway anyhow however therefore because although
    though whether either neither nor too enough almost nearly exact exactly specific specifically different
    difference similar able unable available ago later soon before after help helps helped issue problem name names
    named called call calls mode plan plans step detail details info information number numbers list lists figure
    text message messages word words line lines output result results reply answer hours hr hrs ms percent
    percentage green red yellow amber stage staging project projects own self gonna wanna gotta sth smth etc eg ie
    fyi btw imo lol omg wtf ffs damn hell heck wow oh ah alas argh guess bet rest best test text next host most post
    lost cost past last cast fast list mist must just mail male life like line lime love move more core care case
    base cause because mode made bad big fit form firm farm front half full gap hit hot hope huge idle item join
    jump keep kind lack late lead lean let light load lock loop low mark mess mind miss mix model money month music
    nice none note noted odd open opposite order paper path pay pick piece plus poor pretty prove quiet quite ran
    rare rate read reach rid rise risk root round rule safe save scale scope send sent set shape share side sign
    single size slow sort sound source speed spot stand stay stuff such talk task taken tend terms tide tie tiny tip
    tone top touch town track trade trap tree trend trick trip true turn type unit usual value view wait wall wash
    watch wave weak wide wild win wind wish wise within yard year young zero properly correctly normally entire
    entirely certain bring brings brought went waiting wait waits hung leave leaves left went reading prove expected
    expect expects supposed meant obvious clear clearly unclear confused guessed sign signs feel feels felt hear
    heard story background context situation explain explains explained describe understand understands understood
    mention mentioned careful yourself myself himself themselves itself ourselves finally eventually immediately
    directly straight away right-away safely urgently urgent customer-facing user users traffic alert alerts pager
    oncall on-call"""
)

SPELT = words(
    """shows monitoring platform foundation services operators ring canary engineer usual whatever whoever wherever whichever anywhere somewhere nowhere website answer anymore among amount apart attempt
    attempts attention became become beginning behaviour behavior believe below beside besides beyond body book born
    both bottom box brand break bug build built busy button buy calm cannot carefully cases catch central chance
    chances character check-in child choice choose chose clear click client close closed code cold colour column
    comes common company complete concern concerned connect connected connection consider contain contains content
    continue control cool copy corner couple course cover covered cross cut data deal decide decided decision deep
    delay delayed demo depend depends desk direct disk doubt draft drive early easier easily easy eat edge effect
    eight else end ended enter entry equal even event events ever fact fair fall family father feature features
    feedback few fields final find fire fixed flag flow follow force forgot former found four free fresh friend
    front future game general glad group grow guide guy hand hands hard hate head heard heart heavy hold home hour
    however human hundred id image-pull impact important include included increase indeed inside interest internal
    into involved its keen key kick kid kill king kitchen knew language large later launch law layer lead learn
    least legacy less lesson letter level lie lift likely limit line link load local log logic login longer loss
    lost lots low luck lucky machine main major makes manage market match matter maybe meant measure meet member
    memory method middle mine minor mistake mobile mode moment mother mouse mouth multiple near network news night
    nine normal normally nor not note notice object obviously odd office often oil old only open opened operation
    opinion option order ordinary original others ought ours own pack page pain pair park party path pattern pause
    per perfect period phase physical picture pilot plain planned plate play player plenty point policy poll pool
    port position post power present press pretty previous print private prior process product program proper
    protect provide public pull purpose query queue race rain raise random range rapid rate rather raw real reality
    realise realize really recent recently record redirect reduce refer regular related release-notes remain remains
    remember remote remove render report request requests require response rest return review rich ride ring road
    role room row rush sad safe sale same sample sandwich scene school science score script search season seat
    second section security seem select self sell send senior sense separate series serious server serve session
    seven several shall shape she shift shop shot should show sides sight simple simply since sir site six size
    skill sky sleep slight small smart smile social soft solution some son soon sorry sort space spare special spell
    spend split spring staff stand standard star state station step stick stone store straight strategy street
    strong student study style subject success sudden suggest summer sun support suppose surface surprise system
    table target teach teacher team tell ten term thank theory they think third thirty though thought thousand
    threat three throughout throw thus title together told tool tools topic total toward town traffic-light transfer
    travel treat trust try tuesday twelve twenty twice two typical under unless unlike use useful users various vast
    version-control very via video visit voice volume vote wake walk walked warm warn warning waste water web
    wednesday weekday weight welcome west whether whole whom wide wife willing winter wonderful wood word world
    worry worse worst worth write wrote yell yellow yourselves theirs hers afraid agree agreed air allowed alone
    along aloud aside assume assumed author average aware backend frontend auth gateway database cache billing
    orders order inventory search api ui web worker mobile portal admin ingest"""
)

HARD_OFF = words(
    """album albums shipping logistics gender equality ocean harbor harbour carrier tariff bakery cinema alarm groceries grocery supermarket gift gifts logo startup proof poetry story stories book books article articles novel magazine game games washing dishwasher vacuum youtube channel account stove furniture troops army soldier border tokyo beijing miles km kilometers celsius fahrenheit dollars euros timezone riddles quiz exam exams homework teacher professor university college student love-letter breakup dress outfit haircut makeup skincare beard tattoo tv television series episode spotify playlist poem poems joke jokes haiku limerick song songs lyrics weather forecast recipe recipes cook cooking pasta pizza
    lasagna flight flights hotel holiday holidays vacation movie movies film films netflix football soccer
    basketball worldcup horoscope birthday essay homework translate translation capital president election marriage
    girlfriend boyfriend dating dog dogs cat cats guitar piano novel sonnet rhyme linkedin twitter facebook
    instagram tiktok youtube salary payroll invoice invoices tax taxes resume restaurant dinner lunch breakfast
    coffee sandwich bread cake stocks bitcoin crypto ethereum price prices doctor headache trivia riddle crossword
    chess car cars bike bikes train trains bus laptop printer phone iphone wifi marathon sky universe moon planet
    mars philosophy religion god meeting meetings calendar appointment babysitter gym workout yoga diet powerpoint
    slides spreadsheet excel photoshop fortnite minecraft manager director webinar newsletter podcast ceo theatre
    theater shakespeare wedding parcel parcels package-delivery dhl ups fedex customs courier shipment shipments
    lights lighting school kid kids child children baby mum mom dad mother father grandma blood heart pressure watch
    watches shoes clothes shirt jacket garden plants flowers tree trees bird birds fish horse horses kitchen oven
    fridge sofa bedroom bathroom house apartment flat rent mortgage loan bank insurance passport visa airport
    airline beach mountain hiking skiing ski swimming tennis golf rugby cricket hockey olympics concert festival
    museum painting drawing dance dancing actor actress celebrity queen king pope history war rotterdam shanghai
    hamburg berlin paris london munich tokyo amsterdam lisbon madrid rome warsaw engineer congratulate
    congratulating congratulations sentence sentences paragraph letter cover-letter grammar spelling vocabulary
    english german french spanish italian latin tcp udp dns-protocol physics chemistry biology math maths algebra
    calculus geometry equation integral dentist hospital medicine vitamin vaccine fever doping wine beer whisky
    cocktail cocktails soup salad cheese chicken beef vegan chocolate tea sugar egg eggs butter train-ticket taxi
    uber airbnb luggage suitcase sailing boat ship-model yacht truck lorry cargo-bike vessel container-ship wetter
    witz gedicht chiste poema blague meteo recette barzelletta ricetta piada receita wiersz pogoda grap weer rezept
    kochen essen spiel fussball futbol futebol calcio voetbal hauptstadt geburtstag urlaub schwimmbad flug vuelo vol
    voo volo lot"""
)

SOFT_OFF = words(
    """python java javascript typescript react angular css html sql regex vim emacs terraform jenkins ansible s3 bucket
    lambda excel word windows linux macos ubuntu dockerfile docker-compose fibonacci quicksort algorithm leetcode
    haskell rust golang postgres mysql mongodb redis-query rebase bash script jira ticket tickets confluence email
    emails e-mail mailbox inbox password passwords vpn browser chrome firefox website blog logo design interview
    candidate-interview hr vacationing customer-email outlook teams-call zoom sorting function class unit-test
    pytest iframe webpack npm pip venv macbook keyboard monitor screen printer spelling grammar marketing campaign
    sales product-launch brochure self-assessment self-evaluation self-review appraisal annual"""
)


def _senses() -> tuple[dict[str, frozenset[str]], dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]]:
    """(senses of single words, phrases by first word, longest first)."""
    words: dict[str, set[str]] = {}
    for table in (ENGLISH, LOANWORDS):
        for sense, listed in table.items():
            for one in fold(listed).split():
                words.setdefault(one, set()).add(sense)
    single = {one: frozenset(tags) for one, tags in words.items() if "_" not in one}
    phrases: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for one, tags in words.items():
        if "_" in one:
            parts = tuple(one.split("_"))
            phrases.setdefault(parts[0], []).append((parts, frozenset(tags)))
    for found in phrases.values():
        found.sort(key=lambda entry: -len(entry[0]))
    return single, phrases


WORDS, PHRASES = _senses()
ENGLISH_WORDS = frozenset(COMMON) | {
    part for listed in ENGLISH.values() for word in listed.split() for part in word.split("_")
}
"""What a misspelt word may have been meant to be."""
ORDINARY = (
    frozenset(COMMON)
    | frozenset(WORDS)
    | {word for entries in PHRASES.values() for parts, _ in entries for word in parts}
)
"""Words that are spelt right: none of them is a misspelt name."""
SPELT_RIGHT = ORDINARY | frozenset(SPELT) | EVERYDAY
"""And these, which yet may be names of services, or parts of them."""
CAREER = words(
    "at_work my_boss my_manager staff_engineer senior_engineer principal_engineer team_lead tech_lead pay_rise senior_manager manager director salary ceo boss engineer raise hr promotion-letter career interview"
)
"""Beside these, a promotion is none of Freight."""
CERTAIN = words("""kargo argocd argo promotion promotions verification verifications analysisrun analysistemplate pods pod rollout
    rollouts yaml kubectl namespace gitops manifest manifests sync synced crashloopbackoff outofsync warehouse
    pipeline serviceaccount rbac helm kubernetes k8s kustomize autopromotion auto-promotion freights staging prod
    rollback cluster deployment deployments stages""")
"""Words that nobody uses who speaks of something else."""
HARD = frozenset(HARD_OFF)
SOFT = frozenset(SOFT_OFF)
