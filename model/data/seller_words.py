"""What sellers in five languages call colours, garments, materials, patterns and buyers; and what they add.

Each meaning is one of `model.lexicon`'s, so a word put in another's place still reads as the same. Single
English words are recognised in a title; whichever language a seller writes, one of its spellings goes in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LANGUAGES = ("en", "de", "fr", "es", "it")

Spellings = tuple[tuple[str, ...], ...]


def _table(lines: str) -> Mapping[str, Spellings]:
    """`meaning: en, en | de | fr | es | it`, one a line."""
    table: dict[str, Spellings] = {}
    for line in lines.strip().splitlines():
        meaning, _, written = line.partition(":")
        table[meaning.strip()] = tuple(
            tuple(word.strip() for word in language.split(",")) for language in written.split("|")
        )
    return table


COLOURS = _table("""
    black: Black | Schwarz | Noir | Negro | Nero
    white: White | Weiß, Weiss | Blanc | Blanco | Bianco
    grey: Grey, Gray | Grau | Gris | Gris | Grigio
    red: Red | Rot | Rouge | Rojo | Rosso
    blue: Blue | Blau | Bleu | Azul | Blu
    green: Green | Grün | Vert | Verde | Verde
    yellow: Yellow | Gelb | Jaune | Amarillo | Giallo
    orange: Orange | Orange | Orange | Naranja | Arancione
    pink: Pink | Rosa | Rose | Rosa | Rosa
    purple: Purple | Lila | Violet | Morado | Viola
    brown: Brown | Braun | Marron | Marrón | Marrone
    beige: Beige | Beige | Beige | Beige | Beige
    navy: Navy | Marine, Dunkelblau | Marine | Marino | Marino
    olive: Olive | Oliv | Olive | Oliva | Oliva
    turquoise: Turquoise | Türkis | Turquoise | Turquesa | Turchese
    burgundy: Burgundy, Maroon | Bordeaux | Bordeaux | Burdeos | Bordeaux
    gold: Gold, Golden | Gold | Doré | Dorado | Oro
    silver: Silver | Silber | Argent | Plata | Argento
""")

KINDS = _table("""
    tshirt: T-Shirt, Tshirt, Tee | T-Shirt | T-shirt | Camiseta | Maglietta
    shirt: Shirt | Hemd | Chemise | Camisa | Camicia
    sweater: Sweater, Jumper, Pullover | Pullover | Pull | Jersey | Maglione
    hoodie: Hoodie, Hoody | Kapuzenpullover, Hoodie | Sweat | Sudadera | Felpa
    jacket: Jacket, Jkt | Jacke | Veste | Chaqueta | Giacca
    dress: Dress | Kleid | Robe | Vestido | Vestito
    skirt: Skirt | Rock | Jupe | Falda | Gonna
    trousers: Trousers, Pants | Hose | Pantalon | Pantalones | Pantaloni
    sneaker: Sneakers, Shoes | Schuhe, Sneaker | Chaussures, Baskets | Zapatillas | Scarpe
    sandal: Sandals | Sandalen | Sandales | Sandalias | Sandali
    boot: Boots | Stiefel | Bottes | Botas | Stivali
    bag: Bag, Handbag | Tasche | Sac | Bolso | Borsa
    backpack: Backpack, Rucksack | Rucksack | Backpack | Mochila | Zaino
    cap: Cap, Hat | Kappe, Cap | Casquette | Gorra | Cappellino
    scarf: Scarf | Schal | Écharpe | Bufanda | Sciarpa
    socks: Socks | Socken | Chaussettes | Calcetines | Calzini
    belt: Belt | Gürtel | Ceinture | Cinturón | Cintura
    glasses: Sunglasses | Sonnenbrille | Lunettes | Gafas | Occhiali
""")

MATERIALS = _table("""
    cotton: Cotton | Baumwolle | Coton | Algodón | Cotone
    leather: Leather | Leder | Cuir | Piel, Cuero | Pelle
    wool: Wool | Wolle | Laine | Lana | Lana
    linen: Linen | Leinen | Lin | Lino | Lino
    silk: Silk | Seide | Soie | Seda | Seta
    suede: Suede | Wildleder | Daim | Ante | Camoscio
    velvet: Velvet | Samt | Velours | Terciopelo | Velluto
""")

PATTERNS = _table("""
    striped: Striped, Stripes | Gestreift | Rayé | Rayas | Righe
    checked: Checked, Check | Kariert | Carreaux | Cuadros | Quadri
    floral: Floral | Geblümt | Fleurs | Flores | Fiori
    printed: Printed, Print | Bedruckt | Imprimé | Estampado | Stampato
""")

AUDIENCES = _table("""
    men: Men, Mens, Men's | Herren | Homme | Hombre | Uomo
    women: Women, Womens, Women's, Ladies | Damen | Femme | Mujer | Donna
    kids: Kids | Kinder | Enfant | Niños | Bambini
""")

TABLES = (COLOURS, KINDS, MATERIALS, PATTERNS, AUDIENCES)

NOISE: Spellings = (
    (
        "New",
        "NEW",
        "Original",
        "Genuine",
        "Sale",
        "Free Shipping",
        "Best Price",
        "Hot Sale",
        "Brand New",
        "| Shop",
    ),
    ("NEU", "Original", "Neu", "Versandkostenfrei", "Angebot", "TOP"),
    ("Neuf", "Promo", "Livraison gratuite", "Original"),
    ("Nuevo", "Oferta", "Envío gratis", "Original"),
    ("Nuovo", "Offerta", "Spedizione gratuita", "Originale"),
)
"""Words that tell nothing of the product, by language; none holds a digit."""

SHORT: Mapping[str, tuple[str, ...]] = {
    "with": ("w/", "+"),
    "and": ("&", "+"),
    "sleeve": ("Slv", "slv."),
    "bluetooth": ("BT",),
    "professional": ("Prof.",),
    "edition": ("Ed.",),
    "package": ("Pkg",),
    "accessories": ("Acc.",),
    "waterproof": ("WP", "waterpr."),
    "women": ("Wmns", "W's"),
    "men": ("M's",),
    "women's": ("Wmns",),
    "stainless": ("Stnls",),
    "protector": ("Prot.",),
    "portable": ("Port.",),
    "rechargeable": ("Rechg.",),
    "compatible": ("comp.",),
}
"""How words are shortened where a title has a limit of letters."""

VARIANT_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    pro max plus mini lite ultra air se xs xl xxl xxxl s m l xr fe gt left right slim wide short long low
    mid high regular tall petite junior senior deluxe premium basic advanced standard home upgrade mac
    windows win academic student family refurbished used wired wireless dual single double twin triple
    trio small medium large light dark matte glossy vol volume part season edition version gen series mk
    mark explicit live remix
""",
    )
)
"""Words that often are all that tells one variant from the next: never left out, never misspelt."""
