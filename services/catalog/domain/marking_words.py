"""Words of table files for kinds of marked goods, in Russian and English → MarkingType; our own downloads have them."""

from services.contracts.marking import MarkingType

_WORDS: dict[MarkingType, str] = {
    MarkingType.FUR: "меховые изделия | изделия из меха | мех | шубы | fur goods",
    MarkingType.MEDICINE: "лекарства | лекарственные препараты | medicines",
    MarkingType.TOBACCO: "табак | табачная продукция | табачные изделия",
    MarkingType.SHOES: "обувь | обувные товары",
    MarkingType.CLOTHES: "одежда и бельё | одежда | лёгкая промышленность | легпром | лёгпром | clothes and linen",
    MarkingType.TYRES: "шины | шины и покрышки",
    MarkingType.DAIRY: "молочная продукция | молоко | молочка | dairy products",
    MarkingType.PHOTO: "фотоаппараты | фотокамеры | фотоаппараты и лампы-вспышки | photo cameras",
    MarkingType.BICYCLES: "велосипеды",
    MarkingType.WHEELCHAIRS: "кресла-коляски",
    MarkingType.PERFUME: "духи | духи и туалетная вода | парфюмерия",
    MarkingType.OTHER_TOBACCO: "альтернативный табак | альтернативная табачная продукция | alternative tobacco",
    MarkingType.WATER: "вода | упакованная вода | питьевая вода | вода в упаковке | bottled water",
    MarkingType.ANTISEPTICS: "антисептики | антисептики и дезинфицирующие средства",
    MarkingType.SUPPLEMENTS: "бад | бады | биологически активные добавки | пищевые добавки | food supplements",
    MarkingType.NICOTINE: "никотиновая продукция | никотин | никотинсодержащая продукция | никотиносодержащая продукция"
    " | nicotine products",
    MarkingType.BEER: "пиво | пиво и слабоалкогольные напитки | пиво фасованное",
    MarkingType.DRAUGHT_BEER: "разливное пиво | пиво разливное | пиво в кегах | draught beer",
    MarkingType.JUICE: "соки | сок | соковая продукция",
    MarkingType.NON_ALCOHOLIC_BEER: "безалкогольное пиво | пиво безалкогольное | alcohol-free beer",
    MarkingType.SOFT_DRINKS: "безалкогольные напитки | soft drinks",
    MarkingType.SEAFOOD: "морепродукты | морепродукты и икра | икра | икра и морепродукты | seafood and caviar",
    MarkingType.MEDICAL_DEVICES: "медицинские изделия | медизделия | medical devices",
    MarkingType.REHABILITATION: "технические средства реабилитации | средства реабилитации | rehabilitation aids",
    MarkingType.ALCOHOL: "крепкий алкоголь | алкоголь | алкогольная продукция | крепкие напитки | strong drinks",
    MarkingType.LOW_ALCOHOL: "слабоалкогольные напитки | слабый алкоголь | low-alcohol drinks",
    MarkingType.LOTTERY: "лотерейные билеты | лотерея | lottery tickets",
    MarkingType.JEWELRY: "ювелирные изделия | ювелирка | драгоценности",
    MarkingType.VETERINARY: "ветеринарные препараты | ветпрепараты | veterinary medicines",
    MarkingType.PET_FOOD: "корма для животных | корма | pet food",
    MarkingType.OILS: "растительные масла | масла | vegetable oils",
    MarkingType.CANNED_FOOD: "консервы | консервированные продукты | canned food",
    MarkingType.GROCERIES: "бакалея | бакалейная продукция",
    MarkingType.MOTOR_OILS: "моторные масла | motor oils",
    MarkingType.SPORTS_NUTRITION: "спортивное питание | спортпит | sports nutrition",
    MarkingType.CHILDREN: "детские товары | товары для детей | игрушки | goods for children",
    MarkingType.OTHER: "другой вид | иная | иное | другое | другая | прочее | another kind",
}
_NONE = frozenset({"-", "–", "—", "нет", "не маркируется", "не подлежит маркировке", "без маркировки", "no", "none"})
_KNOWN = {
    word.strip().replace("ё", "е"): kind
    for kind, words in _WORDS.items()
    for word in (*words.split("|"), kind.value, kind.value.replace("_", " "))
}


def parse_marking(text: str) -> str | None:
    """A kind of marking by its words; "" says that there is none; None: empty cell.

    An unknown kind is OTHER; the caller tells it by `marking_is_known`.
    """
    word = " ".join(text.casefold().replace("ё", "е").split())
    if not word:
        return None
    if word in _NONE:
        return ""
    return _KNOWN.get(word, MarkingType.OTHER).value


def marking_is_known(text: str) -> bool:
    """Whether `parse_marking` knew the word (an unknown one is a warning)."""
    return parse_marking(text) != MarkingType.OTHER or " ".join(text.casefold().replace("ё", "е").split()) in _KNOWN
