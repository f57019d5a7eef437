"""The words of five languages that titles of the synthetic catalogue are made of."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "de", "fr", "es", "it")

Rgb = tuple[int, int, int]

COLOURS: Final[dict[str, Rgb]] = {
    "black": (36, 36, 40),
    "white": (244, 243, 239),
    "grey": (142, 145, 150),
    "red": (202, 36, 44),
    "blue": (46, 108, 208),
    "navy": (28, 40, 86),
    "green": (44, 142, 76),
    "olive": (112, 113, 58),
    "yellow": (243, 206, 60),
    "orange": (237, 128, 40),
    "pink": (241, 152, 184),
    "purple": (120, 66, 158),
    "brown": (114, 73, 44),
    "beige": (219, 198, 162),
    "turquoise": (52, 178, 178),
    "burgundy": (112, 24, 50),
}
"""Every colour a product may have, as sRGB; the key is its canonical English name."""

COLOUR_WORDS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "black": (("black",), ("schwarz",), ("noir",), ("negro",), ("nero",)),
    "white": (("white",), ("weiß", "weiss"), ("blanc",), ("blanco",), ("bianco",)),
    "grey": (("grey", "gray"), ("grau",), ("gris",), ("gris",), ("grigio",)),
    "red": (("red",), ("rot",), ("rouge",), ("rojo",), ("rosso",)),
    "blue": (("blue",), ("blau",), ("bleu",), ("azul",), ("blu",)),
    "navy": (
        ("navy", "navy blue"),
        ("marine", "dunkelblau"),
        ("bleu marine",),
        ("azul marino",),
        ("blu navy",),
    ),
    "green": (("green",), ("grün", "gruen"), ("vert",), ("verde",), ("verde",)),
    "olive": (("olive",), ("oliv",), ("olive",), ("oliva",), ("oliva",)),
    "yellow": (("yellow",), ("gelb",), ("jaune",), ("amarillo",), ("giallo",)),
    "orange": (("orange",), ("orange",), ("orange",), ("naranja",), ("arancione",)),
    "pink": (("pink",), ("rosa", "pink"), ("rose",), ("rosa",), ("rosa",)),
    "purple": (("purple",), ("lila", "violett"), ("violet",), ("morado",), ("viola",)),
    "brown": (("brown",), ("braun",), ("marron",), ("marrón",), ("marrone",)),
    "beige": (("beige",), ("beige",), ("beige",), ("beige",), ("beige",)),
    "turquoise": (("turquoise",), ("türkis", "tuerkis"), ("turquoise",), ("turquesa",), ("turchese",)),
    "burgundy": (("burgundy",), ("bordeaux",), ("bordeaux",), ("burdeos",), ("bordeaux",)),
}
"""Per colour and language (in the order of `LANGUAGES`): the usual word first."""

CATEGORY_WORDS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "tshirt": (
        ("T-Shirt", "Tee", "short sleeve top"),
        ("T-Shirt", "Kurzarmshirt"),
        ("T-shirt", "tee-shirt manches courtes"),
        ("Camiseta", "camiseta manga corta"),
        ("T-shirt", "maglietta"),
    ),
    "longsleeve": (
        ("Longsleeve", "long sleeve top"),
        ("Langarmshirt", "Longsleeve"),
        ("T-shirt manches longues",),
        ("Camiseta de manga larga",),
        ("Maglia a maniche lunghe",),
    ),
    "shirt": (("Shirt", "button-down shirt"), ("Hemd",), ("Chemise",), ("Camisa",), ("Camicia",)),
    "polo": (("Polo Shirt", "Polo"), ("Poloshirt", "Polo"), ("Polo",), ("Polo",), ("Polo", "maglia polo")),
    "hoodie": (
        ("Hoodie", "hooded sweatshirt"),
        ("Kapuzenpullover", "Hoodie"),
        ("Sweat à capuche",),
        ("Sudadera con capucha",),
        ("Felpa con cappuccio",),
    ),
    "sweater": (
        ("Sweater", "jumper", "pullover"),
        ("Pullover", "Strickpulli"),
        ("Pull",),
        ("Jersey",),
        ("Maglione",),
    ),
    "jacket": (("Jacket", "Jkt"), ("Jacke",), ("Veste", "blouson"), ("Chaqueta",), ("Giacca", "giubbotto")),
    "gilet": (("Gilet", "vest"), ("Weste",), ("Gilet sans manches",), ("Chaleco",), ("Gilet", "smanicato")),
    "dress": (("Dress",), ("Kleid",), ("Robe",), ("Vestido",), ("Vestito", "abito")),
    "skirt": (("Skirt",), ("Rock",), ("Jupe",), ("Falda",), ("Gonna",)),
    "trousers": (("Trousers", "pants"), ("Hose",), ("Pantalon",), ("Pantalón",), ("Pantaloni",)),
    "shorts": (
        ("Shorts",),
        ("Shorts", "kurze Hose"),
        ("Short",),
        ("Pantalón corto", "Shorts"),
        ("Pantaloncini",),
    ),
    "sneaker": (
        ("Sneakers", "trainers"),
        ("Sneaker", "Turnschuhe"),
        ("Baskets", "sneakers"),
        ("Zapatillas",),
        ("Sneakers", "scarpe sportive"),
    ),
    "boot": (("Boots",), ("Stiefel", "Boots"), ("Bottines",), ("Botas",), ("Stivali",)),
    "handbag": (
        ("Handbag", "shoulder bag"),
        ("Handtasche", "Umhängetasche"),
        ("Sac à main",),
        ("Bolso",),
        ("Borsa",),
    ),
    "backpack": (("Backpack", "rucksack"), ("Rucksack",), ("Sac à dos",), ("Mochila",), ("Zaino",)),
    "cap": (("Cap", "baseball cap"), ("Kappe", "Basecap"), ("Casquette",), ("Gorra",), ("Cappellino",)),
    "beanie": (("Beanie", "knit hat"), ("Mütze", "Beanie"), ("Bonnet",), ("Gorro",), ("Berretto",)),
    "scarf": (("Scarf",), ("Schal",), ("Écharpe",), ("Bufanda",), ("Sciarpa",)),
    "socks": (("Socks",), ("Socken",), ("Chaussettes",), ("Calcetines",), ("Calzini",)),
    "watch": (("Watch", "wristwatch"), ("Armbanduhr", "Uhr"), ("Montre",), ("Reloj",), ("Orologio",)),
    "bottle": (
        ("Water Bottle", "drinking bottle"),
        ("Trinkflasche", "Flasche"),
        ("Gourde",),
        ("Botella",),
        ("Borraccia",),
    ),
    "suitcase": (("Suitcase", "trolley case"), ("Koffer", "Trolley"), ("Valise",), ("Maleta",), ("Valigia",)),
}
"""Per category and language: words for it, the usual one first."""

PATTERN_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "plain": ("plain", "uni", "uni", "liso", "tinta unita"),
    "stripes": ("striped", "gestreift", "à rayures", "de rayas", "a righe"),
    "breton": ("breton stripe", "Bretonstreifen", "marinière", "marinero", "alla marinara"),
    "pinstripe": ("pinstripe", "Nadelstreifen", "fines rayures", "raya diplomática", "gessato"),
    "checks": ("checked", "kariert", "à carreaux", "de cuadros", "a quadri"),
    "dots": ("polka dot", "gepunktet", "à pois", "de lunares", "a pois"),
    "diagonal": (
        "diagonal stripe",
        "diagonal gestreift",
        "rayures diagonales",
        "rayas diagonales",
        "righe diagonali",
    ),
    "zigzag": ("zigzag", "Zickzack", "zigzag", "zigzag", "zigzag"),
    "argyle": ("argyle", "Rautenmuster", "à losanges", "de rombos", "a rombi"),
    "block": ("colour block", "Colorblock", "colour block", "bloques de color", "color block"),
    "camo": ("camouflage", "Camouflage", "camouflage", "camuflaje", "mimetico"),
    "print": ("printed", "mit Print", "imprimé", "estampado", "stampato"),
}
"""Per pattern: one word for it in each language; that for plain is said only to tell it from a variant."""

MOTIF_WORDS: Final = (
    ("star", "Stern", "étoile", "estrella", "stella"),
    ("ring", "Kreis", "cercle", "círculo", "cerchio"),
    ("mountain", "Berg", "montagne", "montaña", "montagna"),
    ("bolt", "Blitz", "éclair", "rayo", "fulmine"),
    ("box", "Kasten", "cadre", "cuadro", "riquadro"),
    ("heart", "Herz", "cœur", "corazón", "cuore"),
    ("sun", "Sonne", "soleil", "sol", "sole"),
    ("waves", "Wellen", "vagues", "olas", "onde"),
)
"""Per motif of a print: one word for it in each language."""

AUDIENCES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "women": (("women's", "ladies"), ("Damen",), ("femme",), ("mujer",), ("donna",)),
    "men": (("men's", "mens"), ("Herren",), ("homme",), ("hombre",), ("uomo",)),
    "kids": (("kids",), ("Kinder",), ("enfant",), ("niños",), ("bambini",)),
    "unisex": (("unisex",), ("Unisex",), ("unisexe",), ("unisex",), ("unisex",)),
}
"""Per audience and language: words for it."""

MATERIALS: Final[dict[str, tuple[str, ...]]] = {
    "cotton": ("cotton", "Baumwolle", "coton", "algodón", "cotone"),
    "linen": ("linen", "Leinen", "lin", "lino", "lino"),
    "wool": ("wool", "Wolle", "laine", "lana", "lana"),
    "leather": ("leather", "Leder", "cuir", "piel", "pelle"),
    "denim": ("denim", "Denim", "denim", "denim", "denim"),
    "polyester": ("polyester", "Polyester", "polyester", "poliéster", "poliestere"),
    "steel": ("stainless steel", "Edelstahl", "acier inoxydable", "acero", "acciaio"),
}
"""Per material: one word for it in each language."""

PACKS: Final = (
    ("{n}-pack", "pack of {n}", "{n}x"),
    ("{n}er-Pack", "{n}er Pack", "{n} Stück"),
    ("lot de {n}", "pack de {n}", "{n}x"),
    ("pack de {n}", "{n} unidades", "{n}x"),
    ("confezione da {n}", "{n} pezzi", "{n}x"),
)
"""Per language: how a pack of n is written."""

CAPACITY_UNITS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "backpack": (
        ("{n} l", "{n}L", "{n} litre"),
        ("{n} l", "{n}L", "{n} Liter"),
        ("{n} L", "{n}L", "{n} litres"),
        ("{n} l", "{n}L", "{n} litros"),
        ("{n} l", "{n}L", "{n} litri"),
    ),
    "watch": (("{n} mm", "{n}mm"),) * 5,
    "bottle": (("{n} ml", "{n}ml", "{c} cl", "{p} l"), *((("{n} ml", "{n}ml", "{c} cl", "{k} l"),) * 4)),
    "suitcase": (("{n} cm", "{n}cm"),) * 5,
}
"""Per category and language how its capacity is written: n as it is, c a tenth, p and k a thousandth of it
with a decimal point or comma."""

NOISE: Final = (
    ("NEW", "free shipping", "sale", "top quality", "bestseller"),
    ("NEU", "versandkostenfrei", "Angebot", "Top Qualität", "Sale"),
    ("neuf", "livraison offerte", "promo", "nouvelle collection", "soldes"),
    ("nuevo", "envío gratis", "oferta", "nueva colección", "rebajas"),
    ("nuovo", "spedizione gratuita", "offerta", "nuova collezione", "saldi"),
)
"""Per language: what sellers add and nobody needs."""

BRANDS: Final = {
    "train": (
        "Norrfeld", "Alvana", "Brightmoor", "Castellan", "Dunwick", "Elmhaus", "Farrowe", "Gildra",
        "Hollins & Pike", "Ivarsson", "Juneberry", "Kestrel Row", "Lumeda", "Marlo Vinci", "Nettle Co",
        "Ostergaard", "Pellaro", "Quillon", "Rivasco", "Stonebridge", "Tavira", "Ulmena", "Verano Sur",
        "Wexcombe",
    ),
    "demo": (
        "Aldergate", "Bonavera", "Corvo Studio", "Drifthaven", "Eastmere", "Fjordline", "Granada Nord",
        "Halvorsen", "Isola Verde", "Jarrow", "Kaldera", "Linwood & Sons", "Montelar", "Nordlicht",
        "Orsay Nine", "Pinecrest", "Rosmarin", "Saltwick", "Thalassa", "Vantage 9",
    ),
}  # fmt: skip
"""Invented brands, apart for the two splits."""

SYLLABLES: Final = {
    "train": (
        "ka",
        "lor",
        "vik",
        "sen",
        "mo",
        "ta",
        "ri",
        "bel",
        "no",
        "dra",
        "fi",
        "gan",
        "tol",
        "es",
        "ur",
        "pa",
    ),
    "demo": (
        "ze",
        "mar",
        "quo",
        "lin",
        "da",
        "vor",
        "thi",
        "co",
        "rem",
        "us",
        "ja",
        "nel",
        "hy",
        "bro",
        "ip",
        "sol",
    ),
}
"""What model names are made of, apart for the two splits."""

EDITIONS: Final = {
    "train": (
        "Pro",
        "Sport",
        "Classic",
        "Urban",
        "Light",
        "Max",
        "Royal",
        "Nova",
        "Echo",
        "Atlas",
        "Orbit",
        "Tempo",
    ),
    "demo": (
        "Prime",
        "Active",
        "Heritage",
        "Studio",
        "Trail",
        "Ultra",
        "Zen",
        "Delta",
        "Sierra",
        "Pulse",
        "Vista",
        "Onyx",
    ),
}
"""Words that makers put behind a model's name, apart for the two splits."""

TITLES: Final = {
    "common": (
        "brand model number year category pattern|colour|capacity pack",
        "category brand model number capacity pattern colour pack|audience year",
        "brand category model number|colour|capacity pack|material",
        "audience category pattern colour|brand model number year pack",
    ),
    "train": (
        "brand|model number capacity|category colour pattern pack",
        "model number category colour|brand year|capacity pack audience",
        "category pattern material|brand model number colour pack",
        "brand audience category model number colour capacity pack pattern",
    ),
    "demo": (
        "category model number brand|capacity pack|pattern colour",
        "model number|brand year pattern category|colour material pack",
        "brand model number capacity|audience pattern category colour|pack",
        "colour category pattern|model number year pack|brand",
    ),
}
"""Word orders: `|` stands for the seller's separator; what a product or a seller lacks is left out, and what
an order lacks of pack, capacity and year is put at its end."""
