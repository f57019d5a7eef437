"""Words for colours, patterns, materials, audiences and garments in five languages.

English, German, French, Spanish, Italian. Each line is one meaning and the ways it is written, already folded
(`model.text.fold`): lower case, no accents; an indented line goes on with the one above. Shades are put under
the colour that a buyer would name, since sellers differ in finesse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


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
turquoise: turkis turquesa turchese teal petrol aqua
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
    raye rayee rayas rayado rayada rigato rigata righe
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
polyester: poly
suede: wildleder daim ante camoscio
canvas: segeltuch toile lona
cashmere: kaschmir cachemire cachemir
velvet: samt velours terciopelo velluto
rubber: gummi caoutchouc goma gomma
steel: stahl edelstahl acier acero acciaio stainless
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
    size sizes grosse groesse taille talla taglia colour color farbe couleur colore
    original genuine official free shipping sale offer angebot promo best top hot pack set
    """,
    )
)

KINDS = _by_word("""
tshirt: tee camiseta maglietta kurzarmshirt teeshirt
longsleeve: langarmshirt
polo: poloshirt
shirt: hemd chemise chemises camisa camicia blouse bluse blusa camicetta oberhemd
sweater: jumper pullover pull strickpullover strickpulli jersey maglione maglia knitwear cardigan strickjacke
hoodie: kapuzenpullover sweatshirt sudadera felpa sweat hooded hoody
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
watch: uhr armbanduhr montre reloj orologio
glasses: sunglasses brille sonnenbrille lunettes gafas occhiali
""")
