"""Words for colours, patterns, motifs, materials, audiences and kinds of goods in five languages.

English, German, French, Spanish, Italian. Each line is one meaning and the ways it is written, already folded
(`model.text.fold`): lower case, no accents; an indented line goes on with the one above. Shades are put under
the colour that a buyer would name, since sellers differ in finesse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _by_phrase(lines: str) -> Mapping[str, str]:
    phrases: dict[str, str] = {}
    for line in lines.strip().splitlines():
        meaning, _, written = line.partition(":")
        phrases |= dict.fromkeys((phrase.strip() for phrase in written.split(",")), meaning.strip())
    return phrases


def _by_word(lines: str) -> Mapping[str, str]:
    words: dict[str, str] = {}
    meaning = ""
    for line in lines.strip().splitlines():
        named, colon, written = line.rpartition(":")
        meaning = named if colon else meaning
        words |= dict.fromkeys((meaning, *written.split()), meaning)
    return words


COLOURS = _by_word("""
black: schwarz schwarze schwarzer schwarzes noir noire noirs noires negro negra negros negras nero nera neri
    nere ebony onyx jet
    hitam
white: weiss weisse weisser weisses blanc blanche blancs blanches blanco blanca blancos blancas bianco bianca
    bianchi bianche snow schneeweiss
    putih
grey: gray grau graue grauer graues gris grise grises grigio grigia grigi grigie charcoal anthracite
    anthrazit antracite antracita slate graphite graphit melange heather hellgrau dunkelgrau
    abu
red: rot rote roter rotes rouge rouges rojo roja rojos rojas rosso rossa rossi rosse scarlet crimson hellrot
    dunkelrot
    merah
burgundy: bordeaux maroon wine weinrot burdeos bordo oxblood granate
    marun
pink: rosa rose rosig rosafarben fuchsia magenta fucsia blush hotpink salmon lachs
    pingki merahmuda
orange: orangefarben naranja arancione arancio tangerine apricot coral koralle corail corallo
    oranye jingga
yellow: gelb gelbe gelber gelbes jaune jaunes amarillo amarilla giallo gialla gialli mustard senf senfgelb
    moutarde mostaza lemon
    kuning
green: grun grune gruner grunes gruen vert verte verts vertes verde verdi mint minze emerald smaragd hellgrun
    dunkelgrun forest
    hijau
olive: oliv khaki kaki oliva olivgrun
blue: blau blaue blauer blaues bleu bleue bleus bleues azul azules blu azzurro azzurra celeste cyan sky royal
    kobalt cobalt indigo hellblau konigsblau
    biru
navy: dunkelblau marine marineblau marineblue marino
    dongker
turquoise: turkis tuerkis turkise tuerkise turquesa turchese teal petrol aqua
    tosca toska
purple: lila violett violet violette violeta viola morado morada purpura porpora mauve lavender lavendel
    lavande lavanda plum pflaume prune aubergine
    ungu
brown: braun braune brauner braunes brun brune marron marrone marroni castano chocolate schokolade cognac tan
    camel mocha espresso coffee chestnut
    coklat cokelat
beige: sand sandfarben creme cream crema ecru ivory elfenbein ivoire avorio marfil nude offwhite taupe stone
    champagne natural natur
    krem
gold: golden goldfarben goldene dore doree dorado dorada oro dorato dorata
    emas
silver: silber silbern silberfarben argent argente argentee plata plateado plateada argento argentato
    perak
multicolour: multicolor multicolore multi bunt mehrfarbig colorato colorful colourful rainbow
""")

PATTERNS = _by_word("""
plain: solid uni einfarbig unifarben liso lisa unie tinta unito
    polos tintaunita einfarbige einfarbiges
striped: stripe stripes stripy gestreift gestreifte gestreiftes gestreifter streifen ringel rayure rayures
    raye rayee raya rayas rayado rayada rigato rigata righe
    stripet blockstreifen querstreifen langsstreifen listrado garis salur
checked: check checks checkered chequered plaid tartan gingham kariert karierte kariertes karierter karo
    carreaux cuadros quadri quadretti scozzese
    vichy carreau cuadro quadretto kotak
dotted: dots dot polka spotted gepunktet gepunktete gepunktetes gepunkteter punkte tupfen pois lunares
    pointille tupfenmuster topos lunar polkadot
floral: flower flowers flowery geblumt geblumte geblumtes blumen fleuri fleurie fleurs flores floreado
    floreada fiori fiorato
    floralmuster blumenmuster blumig bunga kembang
block: colourblock colorblock blocks bloques
    colourblocking colorblocking colourblocked colorblocked farbblock farbblocke blockfarben bloc blocs
    bloque blocchi blocco
diagonal: diagonale diagonales diagonali
zigzag: zickzack chevron
    zig fischgrat chevrons spigato herringbone espiga
argyle: rauten rautenmuster losanges rombos rombi
    argyll argyles raute losange rombo rhomben burlington
pinstripe: nadelstreifen gessato diplomatica
    pinstripes pinstriped nadelstreifenmuster milrayas gessata gessati tennisstreifen
breton: bretonstreifen mariniere marinero marinara
camouflage: camo tarn mimetico mimetica camuflaje
    tarnmuster militaire loreng
animal: leopard leo zebra snake leoparden leopardo
    tiger leopardenmuster tigre zebre cebra leopardato giaguaro macan
printed: print aufdruck bedruckt imprime imprimee estampado estampada stampato stampata stampa
    bedrucktes bedruckte gemustert cetak
logo: logos logodruck
""")

MATERIALS = _by_word("""
cotton: baumwolle baumwoll coton algodon cotone
leather: leder cuir cuero piel pelle
wool: wolle woll laine lana merino
linen: leinen lin lino
denim: jean jeans
silk: seide soie seda seta
polyester: poly poliester poliestere
suede: wildleder daim ante camoscio
canvas: segeltuch toile lona
cashmere: kaschmir cachemire cachemir
velvet: samt velours terciopelo velluto
rubber: gummi caoutchouc goma gomma
steel: stahl edelstahl acier acero acciaio stainless inox inoxydable inoxidable
    inossidabile rostfrei
""")

AUDIENCES = _by_word("""
men: man mens male herren herr homme hommes hombre hombres uomo uomini
women: woman womens ladies lady female damen dame femme femmes mujer mujeres donna donne
kids: kid children child kinder kind enfant enfants nino nina ninos ninas bambino bambina bambini boys girls
    boy girl jungen madchen garcon fille
baby: babies bebe neonato infant toddler
unisex: unisexe
""")

# Words that name nothing, and words of trade that every seller uses.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a an and the of for with in on by to from at or new neu neue neuer neues nuovo nuova nuevo nueva nouveau
    nouvelle
    und der die das fur mit aus von im ein eine einer eines zum zur in
    et le la les un une des du de pour avec en au aux sur
    y el los las una del para con por
    e il lo gli per da di della dello dei degli delle
    neuf neufs neuve neuves nouveaute novedad novita brandneu bestseller topseller
    livraison offerte offert gratuite gratuit envio gratis spedizione gratuita versandkostenfrei versand
    soldes solde promotion oferta ofertas rebajas rebaja offerta offerte saldi sconto rabatt reduziert
    size sizes grosse groesse taille talla taglia colour color farbe couleur colore
    original genuine official free shipping sale offer angebot promo best top hot pack set
    """,
    )
)


def _with_plurals(words: Mapping[str, str]) -> Mapping[str, str]:
    """Each word also with an s at its end, unless that is a word of its own."""
    return {word + "s": meaning for word, meaning in words.items()} | dict(words)


KINDS = _with_plurals(
    _by_word("""
tshirt: tee camiseta maglietta kurzarmshirt teeshirt
longsleeve: langarmshirt
polo: poloshirt
shirt: hemd chemise chemises camisa camicia blouse bluse blusa camicetta oberhemd
sweater: jumper pullover pull strickpullover strickpulli jersey maglione maglia knitwear cardigan strickjacke
hoodie: kapuzenpullover sweatshirt sudadera felpa sweat hooded hoody kapuzen
    capuche cappuccio capucha
jacket: jkt jacke veste blouson chaqueta giacca giubbotto giubbino parka anorak windbreaker mantel coat
    manteau
    abrigo cappotto
gilet: weste chaleco smanicato vest bodywarmer
dress: kleid robe vestido vestito abito dresses
skirt: rock jupe falda gonna
trousers: hose pants pantalon pantalons pantaloni trouser jogger joggers leggings chino chinos hosen
    pantalones
shorts: short pantaloncini bermuda bermudas
sneaker: sneakers trainers turnschuhe turnschuh baskets zapatillas scarpe shoes shoe schuhe schuh chaussures
    zapatos
boot: boots stiefel bottines bottes botas stivali stiefelette
sandal: sandals sandalen sandales sandalias sandali flipflops slides
bag: handbag handtasche tasche umhangetasche sac bolso borsa purse tote clutch shoulderbag
backpack: rucksack mochila zaino rucksacke
cap: kappe basecap casquette gorra cappellino hat hut chapeau sombrero cappello
beanie: mutze bonnet gorro berretto
scarf: schal echarpe bufanda sciarpa foulard
socks: socken sock chaussettes calcetines calzini sokken
belt: gurtel ceinture cinturon cintura
bottle: bottles waterbottle flask trinkflasche wasserflasche flasche gourde bouteille botella
    cantimplora borraccia bottiglia
suitcase: suitcases luggage koffer reisekoffer trolley valise valises maleta maletas valigia valigie
watch: wristwatch uhr armbanduhr montre reloj orologio
glasses: sunglasses brille sonnenbrille lunettes gafas occhiali
""")
)

MOTIFS = _by_word("""
star: stars stern sterne etoile etoiles estrella estrellas stella stelle
circle: circles ring rings kreis kreise cercle cercles circulo circulos cerchio cerchi
square: squares box boxes frame kasten quadrat rahmen cadre carre cuadro cuadrado riquadro quadrato
heart: hearts herz herzen coeur coeurs cœur cœurs corazon corazones cuore cuori
bolt: lightning blitz blitze eclair eclairs rayo rayos fulmine fulmini
sun: sonne soleil sol sole
moon: mond lune luna
cloud: clouds wolke wolken nuage nuages nube nubes nuvola nuvole
mountain: mountains berg berge montagne montagnes montana montanas montagna
wave: waves welle wellen vague vagues ola olas onda onde
tree: trees baum baume arbre arbres arbol arboles albero alberi
palm: palms palme palmen palmier palmiers palmera palmeras palma
leaf: leaves blatt blatter feuille feuilles hoja hojas foglia foglie
feather: feathers feder federn plume plumes pluma plumas piuma piume
skull: skulls totenkopf crane calavera teschio
crown: krone couronne corona
anchor: anker ancre ancla ancora
arrow: arrows pfeil pfeile fleche fleches flecha flechas freccia frecce
eye: eyes auge augen oeil yeux ojo ojos occhio occhi
cat: cats katze katzen chat chats gato gatos gatto gatti
dog: dogs hund hunde chien chiens perro perros cane cani
bear: bears bar baren ours oso osos orso orsi
wolf: wolves wolfe loup loups lobo lobos lupo lupi
lion: lions lowe lowen leon leones leone leoni
horse: horses pferd pferde cheval chevaux caballo caballos cavallo cavalli
bird: birds vogel oiseau oiseaux pajaro pajaros uccello uccelli
butterfly: butterflies schmetterling schmetterlinge papillon papillons mariposa mariposas farfalla farfalle
fish: fische poisson poissons pez peces pesce pesci
dinosaur: dinosaurs dino dinosaurier dinosaure dinosaures dinosaurio dinosaurios dinosauro dinosauri
unicorn: unicorns einhorn licorne unicornio unicorno
dragon: drache drachen dragone drago
rocket: rakete fusee cohete razzo
""")
"""What a print may show; a word for it means that only where the title speaks of a print."""

NAMES_TOO = frozenset(
    re.findall(
        r"\w+",
        """
    ebony onyx jet snow slate graphite charcoal heather scarlet crimson wine blush salmon coral apricot
    tangerine mustard lemon mint emerald forest sky royal indigo cobalt aqua petrol plum chestnut camel mocha
    espresso coffee chocolate cognac stone sand ivory champagne nude natural
    """,
    )
)
"""Words for colours that makers give to models, too; beside another colour they name the model."""

PHRASES = _by_phrase("""
    tshirt: t shirt, tee shirt, short sleeve top
    longsleeve: long sleeve, long sleeved, long sleeves, manches longues, manga larga
    longsleeve: mangas largas, maniche lunghe
    sleeveless: sans manches, sin mangas, senza maniche
    shortsleeve: short sleeve, short sleeved, short sleeves, manches courtes, manga corta
    shortsleeve: mangas cortas, maniche corte
    backpack: sac a dos, sacs a dos
    handbag: sac a main, sacs a main, shoulder bag
    bottle: water bottle, drinking bottle
    suitcase: trolley case
    cap: baseball cap
    beanie: knit hat
    shorts: kurze hose, pantalon corto, pantalones cortos, pantaloni corti
    pinstripe: fines rayures, raya diplomatica, rayas diplomaticas
    plain: tinta unita
    steel: stainless steel, acier inoxydable, acero inoxidable, acciaio inossidabile, acciaio inox
    new: nouvelle collection, nueva coleccion, nuova collezione, neue kollektion
    new: new collection, top quality, top qualitat
""")
"""What is written in several words and means one; the words may also be joined by hyphens."""
