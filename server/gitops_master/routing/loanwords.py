"""Words of German, Spanish, French, Portuguese, Italian, Dutch, Polish and a few more, as they get into requests.

Without accents, and `_` joins the words of a phrase, as in lexicon. English speakers' words with foreign endings are here too.
"""

from gitops_master.routing.spelling import words

LOANWORDS: dict[str, str] = {
    "WHY": """למה لماذا чому γιατι come_mai como_es_que comment_ca_se_fait wie_kommt_es hoe_komt_het почему зачем отчего kyun kyu kyon warum wieso weshalb woran wodurch por_que por_qual_motivo pourquoi perche porque waarom hoezo dlaczego czemu varfor hvorfor
        proc_to neden nicin zasto pochemu miksi a_causa_di por_que_nao per_quale_motivo miert naze почему waroom""",
    "CAUSE": """что_с что_случилось_с что_не_так_с що_з was_ist_los was_ist_kaputt was_stimmt_nicht was_ist_passiert was_klemmt was_geht_da_ab was_fehlt was_blockiert que_pasa
        que_paso que_ha_pasado que_le_pasa que_esta_mal qu'est-ce_qui_se_passe qu'est_ce_qui se_passe cosa_succede cosa_e_successo
        che_succede cosa_c'e_che_non_va o_que_aconteceu o_que_ha o_que_esta_acontecendo o_que_houve co_sie_dzieje co_sie_stalo
        co_jest_nie_tak wat_is_er_mis wat_is_er_aan_de_hand wat_gaat_er_mis was_bedeutet was_heisst que_significa cosa_significa
        analysiere analysieren untersuche untersuchen debuggen debugge investiga investigar diagnostica diagnosticar diagnostiquer
        investigue zbadaj zdiagnozuj onderzoek onderzoeken que_se_passe ursache grund causa cause raison motivo reden przyczyna
        vad_ar_fel hvad_er_galt""",
    "HELP": "kummer_dich kummere_dich kummert_euch kummern_sie_sich occupe-toi ocupate occupati zajmij_sie zorg_voor cuida hilf hilfe repariere reparieren beheben arregla arreglar reparer repare corriger conserta consertar corrigir ripara repareer napraw pomoz pomoc ayuda ayudame aide aidez",
    "BAD": """не_работает не_запускается не_стартует завис зависла висит_в не_працює впала doet_het_niet doet_niets werkt_niet ligt_eruit ligt_plat nere ligger_nere funkar_ej kraschar kraschat hangt_sig fastnat fastnade cokmus coktu patladi hata hatali basarisiz patlamis durdu takilmis nie_dziala_juz nie_chce padlo wysypal wysypuje sypie_sie no_arranca no_levanta no_jala no_va no_funciona no_sincroniza no_avanza ne_marche_pas ne_marche_plus ne_fonctionne_pas ne_fonctionne_plus ne_demarre_pas ne_passe_pas est_tombe tombee tombe hs nao_funciona nao_sobe nao_anda nao_vai nao_sincroniza bugado bugada fora_do_ar non_funziona non_parte non_va_piu in_errore impiantato piantato piantata incastrato incastrata saltato andato_in_errore kommt_nicht_hoch kommt_nicht_durch geht_nicht_mehr geht_net bleibt_hangen bleibt_stehen hangengeblieben stehengeblieben abgekackt abgeraucht abgeschmiert im_eimer hinuber futsch platt am_arsch zerschossen verreckt rotgeworden muckt упал упала сломан сломался завис ошибка падает calismiyor bozuk takildi kaputt hangt haengt hangen klemmt fehler fehlgeschlagen gescheitert scheitert abgesturzt absturz absturzt blockiert defekt rot
        schlagt_fehl geht_nicht lauft_nicht laeuft_nicht fallt_aus startet_nicht tut_nicht steht_still steckt_fest streikt spinnt falla
        fallan fallo fallando fallado roto rota atascado atascada colgado colgada caido caida trabado bloqueado bloqueada
        echoue echouee echec bloque bloquee plante plantee casse cassee en_panne coince coincee marche_pas erreur erreurs
        falhou falha falhando falham quebrado quebrada quebrou travado travada travou parado parada erro erros caiu deu_ruim
        fallito fallita fallisce bloccato bloccata rotto rotta errore errori guasto fermo non_va caduto mislukt mislukte vastgelopen
        stuk fout fouten hapert loopt_vast vast hangt_vast padl padla zepsuty zepsuta zepsute zawiesil zawiesila utknal utknela blad
        bledy nie_dziala wywala wywalil lezy fast trasig funkar_inte fejler probleme problema problemas problemi probleem rompe
        rompio peta se_cae kracht hakt gecrasht crasht gecrashed kaput kapot failt gefailt error_de se_bloquea nie_wstaje
        bloccata stoi niet_goed""",
    "GOOD": """oben online heil durchgelaufen durchgegangen angekommen frisch en_ligne a_jour operationnel operationnelle passee passe_en_prod al_dia operativo operativa arriba actualizado actualizada no_ar de_pe atualizado atualizada operante aggiornato aggiornata attivo attiva andato_a_buon_fine up-to-date bijgewerkt gesynct gesynchroniseerd gelukt doorgekomen goed_door w_gorze zielona zsynchronizowany zsynchronizowana aktualny aktualna przeszlo przeszla uppe frisk gron gront calisiyor calisiyo saglikli saglam hazir ayakta yesil guncel tamam synkad lauft laeuft funktioniert geht gesund grun gruen bereit fertig durch gut sauber sano sana funciona funcionando bien listo lista
        arriba verde verdes marche fonctionne tourne sain saine pret prete vert va_bien saudavel bem pronto pronta rodando certo
        funziona sana_e_salva in_salute bene werkt gezond klaar draait groen goed dziala zdrowy zdrowa zdrowe gotowy gotowe zielone
        in_ordnung alles_gut en_orden em_ordem a_posto w_porzadku stabil estable corriendo fungerar deployt gedeployt gedeployed
        ausgerollt aktuell angekommen desplegado desplegada deployado deploye wdrozone bueno todo_bien tout_va_bien tudo_bem
        tudo_certo tutto_bene allt_bra passt au_vert en_bonne_sante okej""",
    "STATUS": """статус состояние zustand stand estado etat statut stato stan toestand saude salud salute sante wie_geht's wie_gehts wie_geht_es wie_sieht_es_aus wie_steht
        wie_laufts wie_lauft como_esta como_estan como_va como_ta como_anda comment_va come_sta come_va hoe_gaat_het hoe_staat hoe_is
        jak_sie_ma jak_stoi jak_wyglada como_vai comment_se_porte ca_va wie_siehts wie_laeuft""",
    "VERIFY": """перевiр перевір проверь проверить prufe pruefe prufen pruefen uberprufe ueberpruefe uberprufen checke checken check_mal verifiziere verifizieren teste testen
        kontrolliere kontrollieren schau schau_mal guck verifica verificar verifique verifie verifier verifiez comprueba comprobar
        revisa revisar mira regarde regarder controle controler controlla controllare verificare controleer controleren nakijken
        checa checar chequea chequear confere conferir sprawdz sprawdzic zweryfikuj zweryfikowac kolla tjekk confirma confirmer valide
        valida validar validiere validieren bekijk kijk veja olha guarda testa tester""",
    "LOOK": """schau schau_mal guck check_mal checke checken mira revisa regarde guarda kijk bekijk veja olha sprawdz prufe pruefe prufen kolla checa""",
    "VERIFICATION": """верификация верификацию верификации проверку verifiering verifieringen dogrulama dogrulamayi dogrulamasi weryfikacja weryfikacje testlauf testlaufe testlaeufe test_de_fumee prueba_de_humo teste_de_fumaca rooktest verifizierung verifikation verificacion verificaciones verificacao verifica_di verification_de verifica verificatie weryfikacja weryfikacje
        weryfikacji prufung pruefung verificazione verificazioni pruebas prueba testes tests_de verifiering""",
    "AGAIN": """перезапусти перезапустить vuelve_a_ejecutar volver_a_ejecutar vuelve_a_lanzar volver_a_lanzar vuelve_a_correr vuelve_a_verificar vuelve_a_comprobar vuelve_a_promover rifai rifare rifa_partire ripassa repasse refais refaire tekrar tekrarla yeniden om_igen wiederhol kor_om koer_om nochmal nochmals noch_mal noch_einmal erneut neu wiederhole wiederholen neustarten otra_vez de_nuevo nuevamente
        relanza relanzar repite repetir reintenta reintentar encore_une_fois a_nouveau de_nouveau relance relancer reessaie reessayer
        novamente outra_vez de_novo refaz refazer repete reexecuta reexecutar rode_de_novo ancora_una_volta di_nuovo nuovamente
        rilancia rilanciare ripeti ripetere riesegui rieseguire riprova opnieuw nog_een_keer nog_eens herhaal herstart ponownie
        jeszcze_raz powtorz ponow igen omstarten reejecuta reejecutar uruchom_ponownie""",
    "RUN": """starte starten ausfuhren ausfuehren lanza lanzar ejecuta ejecutar corre correr lance lancer execute executer demarre roda rodar
        rode executa executar esegui eseguire avvia avviare lancia voer_uit uitvoeren uruchom uruchomic odpal kor lass lasse""",
    "MOVE": """промоутни промоуть לקדם разверни развернуть розгорни sobe_a sobe_o suba_a subir_a lagg_ut lagg_upp skicka skjut_ut driftsatt rulla_vidare lansera yukle yukselt cik gonder tasi yayinla al_beni mach_hoch zieh ziehe hochziehen zieh_hoch hochschieben rueberschieben rubber_schieben freischalten spiel_ein einspielen spiele_ein spiel_aus ausspielen schmeiss hau_raus raushauen jag balancer balance envoie envoyer monte monter bascule basculer fais_passer faire_passer deployes promeut promouvons mettre_en_prod mets_en_prod pasame pasalo pasarlo subelo llevalo mandalo tirar_para tira empuja empujar adelanta avanzar_a joga bota coloca colocar coloque empurra empurrar sobe_pra manda_pra passa passa_pra passare manda_su mandare spingi spingere promuovimi fai_il_promote fai_il_deploy fai_deploy fare_deploy zet_live gooi gooien duw push_door schuif_door doorschuiven zet_over wepchnij pusc puscic przepchnij daj_na wdrazaj dawaj lanca lancar задеплой выкати раскатай продвинь промоуть daal_do kar_do bhej_do deployen deploye deploie deploy_mal ausrollen roll_aus rolle_aus promoten promote_mal promoviere promovieren befordern
        befordere befoerdere bringe bring_mal schiebe schieb schieben hebe heb veroffentlichen releasen shippen live_schalten ausliefern pushen
        pushe releaseen promover promueve promueva promocionar promociona promovemos desplegar despliega desplieguen despliegue pasar pasa
        sube subir lleva llevar mueve mover libera liberar publica publicar avanza avanzar deployer deployez promouvoir promeus promouvez
        passe passer livrer livre mettre mets mettez pousse pousser implantar implanta implante promova promove suba subam leva levar
        manda mandar faz_deploy fazer_deploy deployar deploya deployea promuovi promuovere rilascia rilasciare distribuisci distribuire porta
        portare sposta spostare metti uitrollen rol_uit promoveer promoveren promoot zet_door doorzetten breng overzetten wdroz
        wdrozyc wypromuj promuj promowac wypusc wrzuc przesun przenies deployuj zdeployuj deployaj rulla_ut udrul haz_deploy hacer_deploy
        deploiement_de deployeren uitleveren soltar solta avance pushear puxa adelante_con promocja_do pcha pchnij mergea""",
    "BACK": """верни вернуть поверни вiдкоти відкоти riporta riportare riportiamo rimetti ramene ramener remets remettre dreh drehe devolver devuelve regressa regressar zetten_terug zet_terug geri_al geri_don geri dra_tillbaka backa ga_tillbaka cofnijmy wroc wrocic откати откатить zuruckrollen zurueckrollen zurucksetzen zuruecksetzen zuruck zurueck rollbacken revertir revierte revertimos vuelve volver
        retroceder retrocede regresa regresar deshacer deshaz annuler_la_version revenir reviens revenez retour_arriere reverter
        reverta reverte voltar volta volte desfazer desfaz tornare torna ripristina ripristinare annulla_il_rilascio terugdraaien
        terugrollen terug terugzetten rol_terug draai_terug cofnij cofnac wycofaj wycofac przywroc aterstall rulla_tillbaka roll_zuruck
        marche_arriere rollbackea rollbackear rollbacka""",
    "STOP": """останови отмени остановить зупини stoppe stoppen anhalten abbrechen brich abbruch halte halt_an einfrieren sperre sperren pausiere pausieren cancela cancelar
        detener deten deten_la para parar pare detengan bloquea bloquear congela congelar pausa pausar arrete arreter arretez annule
        annuler stopper suspendre gele geler interrompe interromper aborta abortar ferma fermare annulla annullare blocca bloccare
        sospendi annuleer annuleren stoppen_met stop_met afbreken breek pauzeer pauzeren zatrzymaj wstrzymaj przerwij anuluj stoppa
        avbryt stopp unterbrich unterbrechen""",
    "APPROVE": """freigeben gib_frei freigabe genehmige genehmigen aprobar aprueba apruebe approuver approuve aprovar aprova aprove approva
        approvare goedkeuren keur_goed zatwierdz zatwierdzic godkann""",
    "MOVED": "promovido promovida promu promue promosso gepromoted promotet befordert gepromotet",
    "PROMOTION": """промоушен промоушн промоушена beforderung befoerderung promocion promociones promocao promocoes promozione promozioni promotie promoties promocja promocje promocji promocje
        ausrollung bereitstellung despliegue despliegues implantacao rilascio deploys deploiement uitrol wdrozenie wdrozenia promotionen""",
    "FREIGHT": """версии версия версию верси fracht versionen versiones version versao versoes versione versioni versie versies wersja wersje wersji stand_von rilasci
        lancering lieferung imagen imagenes carga carico""",
    "AVAILABLE": """steht_bereit bereitstehen steht_an steht_zur_verfugung was_steht wartet_auf en_attente en_espera em_espera in_attesa pendiente_para tillganglig tillgangliga mevcut hazir_olan oczekuje czeka_na verfugbar verfugbare verfuegbar verfuegbare disponible disponibles disponivel disponiveis disponibile disponibili beschikbaar
        beschikbare dostepne dostepna dostepny neue_version neue_versionen nueva_version nuevas_versiones nouvelle_version
        nouvelles_versions nova_versao novas_versoes nuova_versione nuove_versioni nieuwe_versie nowa_wersja ansteht bereitsteht""",
    "ACROSS": """где ou_en_est ou_en_sont ou_se_trouve por_donde_va por_onde_anda a_che_punto hoe_ver var_ligger var_ar nerede hangi_stage cada_entorno cada_ambiente cada_etapa chaque_environnement chaque_etape ogni_ambiente ogni_stage elke_omgeving kazdym_srodowisku jeder_umgebung allen_stufen wie_weit varje_miljo wo uberall ueberall alle_stages allen_stages donde todos_los_stages todas_las_stages todas_las_etapas ou_est partout toutes_les_etapes
        onde todas_as_stages todos_os_stages todos_os_ambientes todos_los_entornos dove ovunque tutti_gli_ambienti tutti_gli_stage waar overal alle_omgevingen
        gdzie wszedzie wszystkich unterschied vergleiche vergleich diferencia diferencias difference_entre comparar compara confronta
        differenza verschil porownaj roznica unterschiede allen_umgebungen alle_umgebungen tous_les_environnements toutes_les_stages umgebungen""",
    "SETUP": """добавь добавить настрой настроить измени изменить додай lagger_till lagga_till lagg_till skapa andra_pa olustur ekle ayarla yapilandir hinzuzufugen erganze bau baue bastle leg_an stell_ein schraub setz_hoch rauf_setzen mettez ecrire ecrivez rediger redige modifiez generez redacta escribeme hazme armar arma ponme escreve escreva escrever monta montar crie-me faz_um preparami scrivimi creami generami schrijven bouw maak_aan zet_op dopisz przygotuj zrob_mi wygeneruj zmodyfikuj aggiungo agrego anado ajoutons dodaje hinzufugen hinzufuegen hinzu fuge fuege anlegen lege erstelle erstellen einrichten richte konfiguriere konfigurieren andere
        aendere andern aendern erhohe erhoehe erhohen erhoehen verringere aktiviere aktivieren deaktiviere deaktivieren schreibe schreib
        setze loschen losche entfernen entferne umbenennen agrega agregar anade anadir crea crear configura configurar cambia cambiar
        aumenta aumentar habilita habilitar activa activar desactiva desactivar elimina eliminar escribe generar genera ajoute ajouter
        ajoutez cree creer creez configure configurer configurez change_le changer augmente augmenter active activer desactive
        desactiver supprime supprimer ecris genere generer adiciona adicionar adicione criar cria crie configure_o mudar muda
        ativar ativa desativar alterar altera gerar gere aggiungi aggiungere creare configurare modifica modificare abilita disabilita
        attiva imposta impostare rimuovi scrivi toevoegen voeg_toe voeg toe maak aanmaken aanpassen pas_aan instellen stel_in
        configureer configureren wijzig wijzigen verhoog verhogen zet_aan zet_uit verwijder schrijf dodaj dodac stworz utworz
        skonfiguruj skonfigurowac zmien zmienic zwieksz wlacz wylacz usun napisz ustaw ustawic lagg_till skapa konfigurera generiere
        generieren ergansze modifier modifie modificar modifique instale poner pon ponle mets_en_place mettre_en_place aumente""",
    "CONFIGURE": """hur_lagger_jag hur_skapar_jag hur_satter_jag hur_konfigurerar_jag wie_baue_ich wie_schreibe_ich wie_setze_ich wie_definiere_ich como_defino como_colocar come_imposto come_definisco comment_definir comment_mettre comment_activer comment_ecrire hoe_maak_ik hoe_zet_ik jak_utworzyc jak_wlaczyc jak_zmienic wie_konfiguriere_ich wie_richte_ich wie_lege_ich wie_fuge_ich wie_stelle_ich wie_aktiviere_ich wie_andere_ich wie_erstelle_ich como_configuro como_configurar como_anado como_agrego como_anadir como_agregar como_crear como_criar como_adicionar comment_configurer comment_ajouter comment_creer come_configuro come_configurare hoe_stel_ik hoe_voeg_ik hoe_configureer_ik jak_skonfigurowac jak_dodac jak_ustawic einrichten konfigurieren konfiguriere anlegen configurar configura configurer configurare configureren configureer instellen
        skonfigurowac skonfiguruj ustawic habilitar mettre_en_place aktivieren activer ativar umbenennen crear creer criar creare hinzufugen
        hinzufuegen anadir agregar ajouter adicionar aggiungere toevoegen dodac""",
    "SETTING": """автопромоушен автопромоут верификация верификацию верификации wiederholungen wiederholung rechte berechtigung berechtigungen rolle vorlage konfiguration konfig reintentos reintento permisos
        permiso plantilla configuracion roles_de tentatives droits modele reessais permissoes permissao tentativas modelo configuracao
        tentativi permessi modello configurazione regels rechten sjabloon configuratie instellingen pogingen uprawnienia szablon
        konfiguracja konfiguracje ponowienia einstellung einstellungen wartezeit einweichzeit zeitlimit freigabeschritt beispiel ejemplo exemple exemplo esempio
        voorbeeld przyklad autopromocion auto-promocion autopromocao auto-promocao autopromozione automatisch automatische automatisches automatico automatica
        automatique automaticamente automatycznie automatyczna delai regla reglas politica""",
    "AUTO": """автопромоушен автопромоут automatisch automatische automatico automatica automatique automaticamente automatycznie automatyczna autopromocion auto-promocion
        autopromocao auto-promocao autopromozione""",
    "NEWTHING": """umgebung etapa etapas entorno entornos ambiente ambientes environnement etape omgeving srodowisko etap proyecto projet projeto progetto
        projekt almacen verificacion verificacao verificatie weryfikacje verifizierung verifica""",
    "LINT": "korrekt richtig stimmt correcto correcta correctement juste correto correta corretto corretta klopt poprawny poprawne giusto gultig",
    "YAML": "konfig konfiguration configuracion configuracao configurazione configuratie konfiguracja plantilla vorlage",
    "HOWTO": """как_настроить как_добавить как_включить як_налаштувати hur_lagger_jag hur_gor_jag hur_skapar_jag hur_satter_jag nasil hur_konfigurerar_jag wie_baue_ich wie_schreibe_ich wie_geht_das_mit wie_setze_ich wie_mach_ich wie_definiere_ich como_hacer como_hago_para como_defino como_le_hago como_fazer como_faz como_defino como_colocar come_fare come_si_fa come_imposto come_definisco comment_definir comment_mettre comment_activer comment_ecrire hoe_maak_ik hoe_doe_ik hoe_zet_ik hoe_laat_ik jak_zrobic jak_utworzyc jak_wlaczyc jak_zmienic wie_kann_ich wie_konnen_wir wie_konfiguriere_ich wie_richte_ich wie_lege_ich wie_mache_ich wie_fuge_ich wie_stelle_ich wie_bekomme_ich
        como_puedo como_podemos como_se como_hago como_configuro como_posso como_podemos como_faco como_eu como_configurar como_anado como_agrego comment_faire
        comment_je comment_on comment_puis-je comment_configurer comment_ajouter come_posso come_si come_faccio come_configuro come_configurare hoe_kan_ik hoe_kunnen_we hoe_stel_ik
        hoe_voeg_ik hoe_configureer_ik jak_moge jak_mozna jak_skonfigurowac jak_dodac jak_ustawic como_anadir como_agregar wie_aktiviere_ich comment_creer hur_kan_jag wie_andere_ich wie_erstelle_ich como_crear como_adicionar como_criar""",
    "WHAT": """какие какая какой welche welcher welches wer wann que cual cuales quien cuando quel quelle quelles quels quoi qui quand qual quais quando quem cosa
        che quale quali chi wat welke wie wanneer co jaki jaka jakie ktora ktory ktore kiedy vilken vad cuanto combien quanto""",
    "ASKVERB": """steht liegt ligger finns tem_como steht_es sitzt hangt_es kommt kam gira va sta_girando sta_funzionando esta_corriendo ligt loopt heeft kwam przeszla przeszlo stoi siedzi ist sind war waren hat haben wurde wird kann darf soll sollte lauft laeuft funktioniert geht esta estan es son fue ha han hay puede funciona
        est sont est-ce est_ce_que a-t-il y_a_t_il etait marche fonctionne tourne ta sao foi tem ha pode e_stato c'e sono ce funziona zijn heeft
        hebben werd werkt draait czy jest sa byl byla dziala ar har fungerar gibt anda sta va""",
    "WHETHER": "whether_or_not ob si si_est se of czy om se_il si_la si_le",
    "SHOW": """покажи показать zeig zeige zeigen liste muestra muestrame mostrar lista listar enseña ensename dime montre montre-moi affiche liste-moi dis-moi mostra
        mostrar_me mostre diga me_diga lista_i elenca dimmi toon laat_zien geef pokaz wypisz powiedz sag sage visa vis""",
    "NOT": """nicht kein keine keinen nie niemals ohne statt anstatt nunca sin tampoco ne pas non jamais sans aucun nao nem sem mai senza niet geen nooit
        zonder nie bez inte ikke ni en_lugar_de em_vez_de au_lieu_de invece_di in_plaats_van zamiast""",
    "IN": "pe mein nello nella dello della im auf bei der en em nel nella dans su op w na no sur nos chez i_n na_ num",
    "TO": "на до pe auf nach zu auf zum a al para hacia vers en_direction_de pra ate verso naar do till allo alla sur en na op su dans",
    "FROM": "von vom aus desde de du da dal dalla van uit z ze fran",
    "STAGEWORD": "umgebung etapa entorno ambiente environnement etape omgeving srodowisko",
    "APPWORD": "anwendung aplicacion aplicaciones aplicacao applicazione applicatie aplikacja appen apps",
    "PROJECTWORD": "projekt proyecto projet projeto progetto",
    "BEFORE": "bevor antes_de antes avant avant_de prima_di prima voordat zanim przed",
    "AFTER": "nachdem sobald wenn despues_de cuando quand lorsque apres quando assim_que dopo nadat zodra als gdy po",
    "BECAUSE": "weil damit da_wir pues_que parce_que car pois omdat zodat bo poniewaz zeby",
}

FILLERS = words(
    """dich euch mal bitte doch eben gerade denn eigentlich schon jetzt noch immer wieder hallo guten morgen danke kannst konnen
    koennen konntest konnten konnt du sie wir ich uns mir mich dir es er ihr die das der den dem des ein eine einen
    einem einer und oder aber dann danach anschliessend nur lieber sondern sonst hier da dort heute alles alle allem
    habe hatte hatten sein seit mit fur fuer uber ueber unter man so auch nun sehr ganz erst mehr wurde wurden
    mochte moechte mochten will wollen soll sollen muss mussen lassen gern gerne ok los mach mache machen macht tut
    tun geben gib gibt por favor hola buenas gracias puedes podrias puede podemos puedo quiero queremos quisiera
    necesito el la los las lo le un una unos unas y o pero luego entonces despues solo ahora ya aun todavia sigue
    este esta esto ese esa eso mi tu su nos me te se con del hay muy bien todo toda todos todas favor dale esta
    estan estas que hoy nuevo nueva s'il vous plait stp svp bonjour salut merci peux pouvez pourrais pourriez
    peut-on peut je j'ai tu vous nous il elle on ils le les des du au aux un une et ou mais puis ensuite alors
    seulement maintenant encore toujours deja ce cette ces c'est ca qu'est-ce qu'il l'app mon ma mes votre veux
    voudrais faut il_faut tout toute tous avec oi ola obrigado obrigada por gentileza pode poderia voce voces quero
    queremos preciso o os as um uma uns umas e ou mas depois entao agora so ainda esse essa isso este isto meu minha
    nosso gente ai pessoal ta to sobe nova novo ciao grazie favore potresti puoi potete vorrei voglio vogliamo il lo
    gli i le un uno una ed oppure ma poi quindi adesso ora solo ancora gia questo questa quello mi ci si per non
    nuovo nuova tutto con hoi graag alsjeblieft aub kun kunt kan je jij u ik we wij het de een en maar dan daarna
    alleen nu nog al deze dit dat die mijn ons even eens wil willen met alles czesc hej prosze dzieki mozesz moze
    moglbys chce chcemy oraz lub ale potem nastepnie teraz tylko juz jeszcze ten ta to te sie mi na w z do dla hej
    tack snalla"""
)

AND = frozenset(["und", "y", "et", "ed", "oraz", "och", "plus", "en"])
THEN = words("""dann danach anschliessend luego entonces despues puis ensuite alors depois entao poi quindi daarna vervolgens
    potem nastepnie sedan""")
BUT = words("""aber sondern sonst lieber nur pero sino solo solamente mais seulement plutot mas apenas ma soltanto maar alleen
    ale tylko lecz men""")

UNSPACED = {
    "怎么样": "status", "怎麼樣": "status",
    "原因": "why", "理由": "why",
    "为什么": "why", "為什麼": "why", "怎么回事": "why", "怎么了": "why", "なぜ": "why", "どうして": "why", "왜": "why",
    "回滚": "rollback", "回滾": "rollback", "ロールバック": "rollback", "롤백": "rollback", "戻して": "rollback",
    "发布": "promote", "發布": "promote", "部署": "deploy", "上线": "promote", "推到": "promote to", "升级": "promote", "デプロイ": "deploy", "リリース": "release", "昇格": "promote", "배포된": "deployed", "배포돼": "deployed", "배포": "deploy", "승격": "promote",
    "检查": "check", "確認": "check", "验证": "verification", "検証": "verification", "검증": "verification", "확인": "check",
    "もう一度": "rerun", "再実行": "rerun", "重新": "rerun", "다시": "rerun", "もういちど": "rerun",
    "什么版本": "what version", "哪个版本": "what version", "何が": "what", "什么": "what", "뭐가": "what", "무엇": "what", "どの": "which",
    "失败": "failed", "失敗": "failed", "挂了": "down", "卡住": "stuck", "错误": "error", "エラー": "error", "止まって": "stuck", "落ちて": "down", "실패": "failed", "오류": "error",
    "正常": "healthy", "健康": "healthy", "正常吗": "healthy ?", "大丈夫": "ok", "정상": "healthy", "状态": "status", "状態": "status", "상태": "status",
    "添加": "add", "配置": "configure", "设置": "configure", "追加": "add", "設定": "configure", "추가": "add", "설정": "configure",
    "停止": "stop", "取消": "cancel", "キャンセル": "cancel", "취소": "cancel", "到": "to", "に": " to ", "まで": "to", "吗": "?", "?": "?", "。": ".",
}  # fmt: skip
"""Words of languages that are written without spaces, as English ones; longer ones first where one holds another."""
