"""The fixed product catalogue: the same for every sample, because programme seeds name SKUs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

BUSINESS_UNITS = ("AZKO", "TOYS", "ATARU", "PENDOPO", "INFORMA", "NEKA", "ODI")
BU = {code: number for number, code in enumerate(BUSINESS_UNITS)}
ONLINE_BU = BU["ODI"]

#: Categories sold by the length: quantities in halves of a metre.
BY_LENGTH = frozenset({"Cable"})


@dataclass(frozen=True)
class CategorySpec:
    """One category: where it is sold, how often, at what prices, and what it holds."""

    name: str
    bu: str
    department: str
    popularity: float
    low_price: int
    high_price: int
    brands: tuple[str, ...]
    items: tuple[tuple[str, str], ...]
    #: Factors of popularity in LEBARAN, BACK_TO_SCHOOL, MERDEKA, HARBOLNAS, CHRISTMAS_NEW_YEAR.
    seasonal: tuple[float, float, float, float, float] = (1.0, 1.0, 1.0, 1.0, 1.0)


def _items(text: str) -> tuple[tuple[str, str], ...]:
    """Parse "Subcategory: item, item; Subcategory: item" into (subcategory, item) pairs."""
    pairs: list[tuple[str, str]] = []
    for group in text.split(";"):
        subcategory, names = group.split(":")
        pairs.extend((subcategory.strip(), name.strip()) for name in names.split(","))
    return tuple(pairs)


SPECS: tuple[CategorySpec, ...] = (
    CategorySpec("Kitchenware", "AZKO", "Home Living", 11.0, 19_900, 349_900,
        ("Dapoera", "Saji", "Kriva"),
        _items("Storage: Kotak Makan, Toples Kaca, Botol Minum; Serving: Piring Saji, Mangkuk;"
               " Tools: Pisau Dapur, Talenan"), (1.6, 1.0, 1.0, 1.2, 1.3)),
    CategorySpec("Cookware", "AZKO", "Home Living", 6.0, 89_900, 899_900,
        ("Dapoera", "Wajanku", "Kriva"),
        _items("Pans: Wajan Anti Lengket, Panci Susu, Panci Presto; Sets: Set Panci, Set Wajan;"
               " Baking: Loyang Kue, Oven Tangkring"), (2.2, 0.9, 0.9, 1.2, 1.5)),
    CategorySpec("Cleaning Tools", "AZKO", "Home Care", 10.0, 14_900, 299_900,
        ("Bersiha", "Kilap", "Kriva"),
        _items("Floor: Pel Putar, Sapu Lantai, Sikat Lantai; Waste: Tempat Sampah, Kantong Sampah;"
               " Laundry: Jemuran Lipat, Keranjang Cucian"), (1.4, 1.0, 1.1, 1.0, 1.0)),
    CategorySpec("Home Storage", "AZKO", "Home Care", 8.0, 29_900, 599_900,
        ("Rapih", "Kotaku", "Kriva"),
        _items("Boxes: Kotak Serbaguna, Laci Susun, Keranjang Rotan; Racks: Rak Besi, Rak Dinding;"
               " Hangers: Gantungan Baju, Gantungan Pintu"), (1.2, 1.1, 1.0, 1.1, 1.0)),
    CategorySpec("Lighting", "AZKO", "Electrical", 7.0, 19_900, 499_900,
        ("Terang", "Lumia Jaya", "Kriva"),
        _items("Bulbs: Lampu LED, Lampu Sorot, Lampu Tidur; Fixtures: Lampu Gantung, Lampu Meja;"
               " Emergency: Lampu Darurat, Senter"), (1.1, 1.0, 1.2, 1.0, 1.3)),
    CategorySpec("Cable", "AZKO", "Electrical", 3.0, 8_900, 79_900,
        ("Terang", "Listra"),
        _items("Power: Kabel Listrik per Meter, Kabel Serabut per Meter; Data: Kabel LAN per Meter,"
               " Kabel Antena per Meter; Rope: Tali Tambang per Meter, Selang Air per Meter")),
    CategorySpec("Power Tools", "AZKO", "Hardware", 5.0, 199_900, 1_999_900,
        ("Tukangku", "Baja Prima", "Krisna Tools"),
        _items("Drills: Bor Listrik, Bor Baterai; Cutting: Gerinda, Gergaji Listrik;"
               " Cleaning: Jet Cleaner, Vacuum Basah Kering"), (0.8, 0.9, 1.1, 1.4, 1.0)),
    CategorySpec("Hand Tools", "AZKO", "Hardware", 7.0, 12_900, 399_900,
        ("Tukangku", "Baja Prima", "Krisna Tools"),
        _items("Fastening: Obeng Set, Kunci Inggris, Tang; Measuring: Meteran, Waterpass;"
               " Ladders: Tangga Lipat, Tangga Teleskopik"), (0.9, 0.9, 1.2, 1.0, 0.9)),
    CategorySpec("Automotive", "AZKO", "Hardware", 5.0, 15_900, 699_900,
        ("Otoria", "Kilap"),
        _items("Care: Sampo Mobil, Lap Microfiber, Semir Ban; Interior: Parfum Mobil, Sarung Jok;"
               " Emergency: Pompa Ban, Kabel Jumper"), (1.9, 0.9, 0.9, 1.0, 1.3)),
    CategorySpec("Bathroom", "AZKO", "Home Living", 5.0, 19_900, 899_900,
        ("Tirta", "Bersiha"),
        _items("Accessories: Rak Sabun, Tirai Mandi, Keset; Fittings: Shower Set, Kran Air;"
               " Toilet: Sikat Toilet, Jet Washer"), (1.1, 1.0, 1.0, 1.0, 1.0)),
    CategorySpec("Gardening", "AZKO", "Outdoor Living", 4.0, 14_900, 449_900,
        ("Hijau", "Tanem"),
        _items("Pots: Pot Bunga, Pot Gantung, Rak Tanaman; Tools: Gunting Tanaman, Sekop Mini;"
               " Watering: Gembor, Sprayer Taman"), (0.9, 1.0, 1.3, 0.9, 0.9)),
    CategorySpec("Air Cooler", "AZKO", "Electrical", 3.0, 599_900, 2_499_900,
        ("Sejuka", "Angina"),
        _items("Coolers: Air Cooler 10L, Air Cooler 20L, Air Cooler 40L; Fans: Kipas Berdiri,"
               " Kipas Menara, Kipas Dinding"), (1.3, 1.0, 1.1, 1.5, 0.7)),
    CategorySpec("Luggage", "AZKO", "Travel", 4.0, 199_900, 1_799_900,
        ("Jelajah", "Kelana", "Passea"),
        _items("Hard Case: Koper Kabin 20 inci, Koper Sedang 24 inci, Koper Besar 28 inci;"
               " Soft: Tas Travel, Duffel; Small: Timbangan Koper, Bantal Leher"),
        (2.6, 1.5, 0.8, 1.2, 2.4)),
    CategorySpec("Girl Playset", "TOYS", "Toys", 6.0, 49_900, 899_900,
        ("Boneka Ceria", "Putri Kecil", "Mainanku"),
        _items("Dolls: Boneka Putri, Boneka Bayi, Rumah Boneka; Pretend: Set Masak, Set Rias,"
               " Set Kasir"), (1.2, 1.1, 0.9, 1.4, 2.2)),
    CategorySpec("Boy Action Toys", "TOYS", "Toys", 6.0, 49_900, 999_900,
        ("Robo Jaya", "Mainanku", "Sirkuit"),
        _items("Vehicles: Mobil Remote, Set Lintasan, Mobil Pemadam; Figures: Robot Ubah,"
               " Figur Pahlawan, Set Dinosaurus"), (1.2, 1.1, 0.9, 1.4, 2.2)),
    CategorySpec("Outdoor Toys", "TOYS", "Toys", 5.0, 39_900, 1_499_900,
        ("Lincah", "Mainanku", "Sirkuit"),
        _items("Ride On: Sepeda Roda Tiga, Skuter, Mobil Aki; Sport: Bola, Set Badminton;"
               " Water: Kolam Renang Karet, Pistol Air"), (1.3, 1.9, 1.4, 1.2, 1.4)),
    CategorySpec("Educational Toys", "TOYS", "Toys", 5.0, 29_900, 599_900,
        ("Cerdik", "Balokku"),
        _items("Blocks: Balok Susun, Balok Magnet, Puzzle Lantai; Science: Set Sains, Mikroskop;"
               " Craft: Set Melukis, Plastisin"), (1.0, 2.4, 0.9, 1.1, 1.5)),
    CategorySpec("Accessories", "ATARU", "Fashion", 6.0, 19_900, 299_900,
        ("Ataraya", "Mika", "Rona"),
        _items("Hair: Jepit Rambut, Bando; Jewellery: Kalung, Gelang;"
               " Wear: Topi, Kaus Kaki, Payung"),
        (1.4, 1.0, 1.0, 1.4, 1.4)),
    CategorySpec("Bags", "ATARU", "Fashion", 4.0, 79_900, 599_900,
        ("Ataraya", "Sandang"),
        _items("Backpack: Ransel, Ransel Mini; Sling: Tas Selempang, Tas Pinggang;"
               " Wallet: Dompet, Pouch"), (1.3, 2.3, 1.0, 1.4, 1.2)),
    CategorySpec("Stationery", "ATARU", "Lifestyle", 5.0, 9_900, 149_900,
        ("Tulisan", "Mika"),
        _items("Writing: Pulpen Set, Spidol Warna, Pensil Mekanik;"
               " Paper: Buku Catatan, Sticky Notes, Planner"), (0.7, 3.0, 0.9, 1.0, 1.1)),
    CategorySpec("Beauty Tools", "ATARU", "Lifestyle", 4.0, 19_900, 399_900,
        ("Rona", "Ayu"),
        _items("Face: Kuas Rias, Cermin Lampu, Sponge; Hair: Sisir, Catok Rambut;"
               " Nail: Set Manikur, Kikir Kuku"), (1.6, 0.9, 1.0, 1.5, 1.3)),
    CategorySpec("Batik", "PENDOPO", "Crafts", 5.0, 149_900, 1_299_900,
        ("Pesisir", "Parang Jaya", "Kawung"),
        _items("Men: Kemeja Batik Tulis, Kemeja Batik Cap;"
               " Women: Blus Batik, Kain Batik, Outer Batik;"
               " Accessories: Syal Batik, Tas Batik"), (1.8, 0.8, 1.4, 1.0, 1.1)),
    CategorySpec("Woven Crafts", "PENDOPO", "Crafts", 3.0, 59_900, 699_900,
        ("Anyam", "Serat"),
        _items("Baskets: Keranjang Anyam, Tas Anyam, Kotak Tisu; Table: Tatakan Anyam, Tampah Hias;"
               " Textile: Taplak Tenun, Sarung Bantal Tenun"), (1.5, 0.8, 1.4, 1.0, 1.2)),
    CategorySpec("Wood Crafts", "PENDOPO", "Crafts", 2.5, 49_900, 999_900,
        ("Jati Ukir", "Serat"),
        _items("Decor: Patung Kayu, Ukiran Dinding, Topeng; Table: Nampan Kayu, Mangkuk Kayu;"
               " Toys: Congklak, Gasing"), (1.2, 0.8, 1.5, 1.0, 1.3)),
    CategorySpec("Living Room", "INFORMA", "Furniture", 4.0, 299_900, 7_999_900,
        ("Ruangan", "Nyaman"),
        _items("Sofa: Sofa 2 Dudukan, Sofa 3 Dudukan, Sofa Bed; Tables: Meja Tamu, Meja TV;"
               " Decor: Karpet, Cermin Dinding"), (1.7, 0.9, 0.9, 1.3, 1.2)),
    CategorySpec("Bedding", "INFORMA", "Furniture", 4.0, 149_900, 5_999_900,
        ("Lelap", "Nyaman"),
        _items("Mattress: Kasur Busa, Kasur Pegas; Linen: Sprei Set, Selimut, Bantal, Guling;"
               " Frames: Dipan Kayu"), (1.5, 1.0, 0.9, 1.3, 1.0)),
    CategorySpec("Office Furniture", "INFORMA", "Furniture", 3.0, 249_900, 3_499_900,
        ("Kerjaku", "Ruangan"),
        _items("Chairs: Kursi Kerja, Kursi Gaming, Kursi Lipat; Desks: Meja Kerja, Meja Lipat;"
               " Storage: Lemari Arsip, Rak Buku"), (0.8, 1.8, 1.0, 1.3, 0.9)),
    CategorySpec("Household Essentials", "NEKA", "Daily Needs", 5.0, 9_900, 149_900,
        ("Nekaku", "Bersiha"),
        _items("Care: Sabun Cuci, Tisu, Pengharum Ruangan; Kitchen: Plastik Wrap, Aluminium Foil,"
               " Spons Cuci; Pest: Raket Nyamuk"), (1.4, 1.0, 1.0, 1.0, 1.1)),
    CategorySpec("Snack Corner", "NEKA", "Daily Needs", 3.5, 8_900, 129_900,
        ("Nekaku", "Cemilan"),
        _items("Snacks: Keripik, Biskuit Kaleng, Kacang; Drinks: Teh Celup, Kopi Bubuk, Sirup;"
               " Gifts: Hampers"), (3.0, 0.9, 1.2, 1.0, 1.8)),
)  # fmt: skip

CATEGORIES = tuple(spec.name for spec in SPECS)
VARIANTS = ("Standar", "Plus", "Premium")
SKUS_PER_CATEGORY = 21
SKU_POPULARITY_EXPONENT = 0.85


@dataclass(frozen=True)
class Catalogue:
    """Products (text lists, one entry a product) and the tables that draw from them.

    Attributes:
        sku, name, brand, subcategory: texts by product number.
        category: (products,) category number.
        bu: (products,) business unit number.
        price: (products,) normal price in rupiah.
        is_active: (products,) whether still sold.
        first, size: (categories,) first product number and number of products of a category.
        number: product number by SKU.
    """

    sku: tuple[str, ...]
    name: tuple[str, ...]
    brand: tuple[str, ...]
    subcategory: tuple[str, ...]
    category: np.ndarray
    bu: np.ndarray
    price: np.ndarray
    is_active: np.ndarray
    first: np.ndarray
    size: np.ndarray
    number: dict[str, int]

    def __len__(self) -> int:
        return len(self.sku)


def _sku(bu: str, category: int, position: int) -> str:
    """SKU text: eight digits, at AZKO and NEKA with leading zeros; letters at TOYS and PENDOPO."""
    number = (category + 1) * 1_000 + position * 7 + 13
    if bu in {"AZKO", "NEKA"}:
        return f"{number:08d}"
    if bu == "INFORMA":
        return f"{10_000_000 + number}"
    if bu == "ATARU":
        return f"0{2_000_000 + number}"
    return f"{'TK' if bu == 'TOYS' else 'PD'}{number:06d}"


def _price(spec: CategorySpec, position: int) -> int:
    """Price that ends in 900, spread over the category's range, dearer items seldom in front."""
    share = (position * 0.6180339887 + 0.05) % 1.0
    value = spec.low_price * (spec.high_price / spec.low_price) ** (share**1.35)
    return max(round(value / 1_000) * 1_000 - 100, 900)


@lru_cache(maxsize=1)
def build_catalogue() -> Catalogue:
    """The catalogue: about 600 products in 29 categories, by enumeration, without chance."""
    rows: list[tuple[str, str, str, str, int, int, int, bool]] = []
    first, size = [], []
    for category, spec in enumerate(SPECS):
        first.append(len(rows))
        for position in range(SKUS_PER_CATEGORY):
            subcategory, item = spec.items[position % len(spec.items)]
            brand = spec.brands[(position * 2 + position // 5) % len(spec.brands)]
            variant = VARIANTS[position // len(spec.items) % len(VARIANTS)]
            if position // len(spec.items) >= len(VARIANTS):
                variant = f"{variant} {position // len(spec.items) + 1}"
            rows.append(
                (
                    _sku(spec.bu, category, position),
                    f"{brand} {item} {variant}",
                    brand,
                    subcategory,
                    category,
                    BU[spec.bu],
                    _price(spec, position),
                    not (position >= SKUS_PER_CATEGORY - 2 and category % 3 == 0),
                )
            )
        size.append(SKUS_PER_CATEGORY)
    sku, name, brand, subcategory, category, bu, price, active = zip(*rows, strict=True)
    return Catalogue(
        sku=sku,
        name=name,
        brand=brand,
        subcategory=subcategory,
        category=np.array(category, dtype=np.int32),
        bu=np.array(bu, dtype=np.int32),
        price=np.array(price, dtype=np.int64),
        is_active=np.array(active, dtype=bool),
        first=np.array(first, dtype=np.int32),
        size=np.array(size, dtype=np.int32),
        number={text: number for number, text in enumerate(sku)},
    )


def category_weights() -> np.ndarray:
    """(business units, season regimes, categories) popularity; ODI sells every category."""
    weights = np.zeros((len(BUSINESS_UNITS), 6, len(SPECS)))
    for category, spec in enumerate(SPECS):
        factors = np.array((1.0, *spec.seasonal)) * spec.popularity
        weights[BU[spec.bu], :, category] = factors
        weights[ONLINE_BU, :, category] = factors
    return weights / weights.sum(axis=2, keepdims=True)
