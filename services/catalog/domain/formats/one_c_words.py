"""What a good of 1C's exchange with offline registers says of itself, in our words."""

from lxml import etree

from services.catalog.domain.cells import CellError, clean_or_refuse, clean_text, parse_whole_number, shown
from services.catalog.domain.fiscal_words import AGENTS, MARKED_TYPES, measure_is_known, parse_measure, parse_type
from services.catalog.domain.formats.coded_rows import Taking
from services.catalog.domain.formats.one_c_elements import Outline, is_true
from services.catalog.domain.formats.xml_reader import local
from services.catalog.domain.names import parse_article
from services.catalog.domain.taxes import parse_tax
from services.contracts.catalog import NOTE_MAX
from services.contracts.import_codes import RowCode
from services.contracts.marking import MarkingType

EXCISABLE = {1: 2, 32: 30, 33: 31}  # tag 1212: the same goods when they are excisable
SERVICE = 4  # tag 1212

# MarkedGoodTypeCode of 3.0.0.3, and what «Управление торговлей» 11.5.20 writes besides (20 … 22).
_MARKING = {
    1: MarkingType.FUR, 2: MarkingType.TOBACCO, 3: MarkingType.SHOES, 4: MarkingType.CLOTHES, 5: MarkingType.TYRES,
    6: MarkingType.DAIRY, 7: MarkingType.PHOTO, 8: MarkingType.BICYCLES, 9: MarkingType.WHEELCHAIRS,
    10: MarkingType.PERFUME, 11: MarkingType.OTHER_TOBACCO, 12: MarkingType.WATER, 13: MarkingType.ANTISEPTICS,
    14: MarkingType.SUPPLEMENTS, 15: MarkingType.NICOTINE, 16: MarkingType.BEER, 17: MarkingType.JUICE,
    18: MarkingType.NON_ALCOHOLIC_BEER, 19: MarkingType.SEAFOOD, 20: MarkingType.DRAUGHT_BEER,
    21: MarkingType.MEDICAL_DEVICES, 22: MarkingType.SOFT_DRINKS,
}  # fmt: skip
_LITRE = 1000  # millilitres
_KEPT = {
    "GoodClassificationCode": "classification_code", "AlcoholKindCode": "alcohol_kind",
    "AlcoholStrength": "alcohol_strength", "VendorINN": "producer_inn", "VendorKPP": "producer_kpp",
    "VendorINNCode": "producer_inn", "VendorKPPCode": "producer_kpp",
}  # fmt: skip
_KEPT_OF_AGENT = {
    "AgentOperation": "agent_operation", "AgentPhone": "agent_phone",
    "PaymentProcessorPhone": "payment_processor_phone", "AcquirerOperatorPhone": "acquirer_phone",
    "AcquirerOperatorName": "acquirer_name",
    "AcquirerOperatorAddress": "acquirer_address", "AcquirerOperatorINN": "acquirer_inn",
}  # fmt: skip
_KEPT_OF_VENDOR = {"VendorPhone": "supplier_phone", "VendorName": "supplier_name", "VendorINN": "supplier_inn"}


class GoodWords:
    """What all items of one good have in common."""

    def __init__(self, good: etree._Element, outline: Outline) -> None:
        self._good = good
        self._outline = outline
        self.name = clean_text(good.get("Name") or "")
        self._alcohol = next((inner for inner in good if local(inner) == "Alcohol"), None)

    def put(self, taking: Taking, is_pack: bool) -> None:
        """Everything but code, name, price and barcodes. Packs are counted, whatever their content is."""
        self._put_tax(taking)
        self._put_subject(taking)
        self._put_measure(taking, is_pack)
        self._put_group(taking)
        self._put_parties(taking)
        self._put_alcohol(taking)
        taking.take("article", parse_article, self._said("Article"))
        taking.section(self._said("Department"))
        taking.take("note", lambda text: clean_or_refuse("note", text)[:NOTE_MAX] or None, self._said("Description"))
        for attribute, key in _KEPT.items():
            taking.put(key, self._said(attribute))

    def _said(self, attribute: str) -> str:
        told = self._good.get(attribute)
        if told is None and self._alcohol is not None:
            told = self._alcohol.get(attribute)
        return (told or "").strip()

    def _put_tax(self, taking: Taking) -> None:
        rate = self._said("TaxRate")
        # Versions before 2.0 have a number for the rate, which is 0 for goods without VAT too: the account's VAT holds.
        if not rate and (number := self._said("Tax")).strip("0.,"):
            rate = number
        taking.take("tax_code", parse_tax, rate)

    def _put_subject(self, taking: Taking) -> None:
        fields = taking.fields
        taking.take("type_code", parse_type, self._said("CalculationSubject"))
        if self._said("Service"):
            fields.type_code = SERVICE if is_true(self._said("Service")) else 1
        if is_true(self._good.get("IsExcisable")):
            fields.type_code = EXCISABLE.get(fields.type_code or 1, fields.type_code)
        kind = parse_whole_number(self._said("MarkedGoodTypeCode"))
        marked = self._said("IsMarked")
        if is_true(marked) or (kind or 0) > 0:
            fields.marked = True
            fields.type_code = MARKED_TYPES.get(fields.type_code or 1, fields.type_code)
            if kind is not None:
                fields.marking = _MARKING.get(kind, MarkingType.OTHER).value
                if kind not in _MARKING:
                    taking.doubts.append(("marking", RowCode.MARKING_UNKNOWN, str(kind)[:32]))
        elif marked:
            fields.marked = False

    def _put_measure(self, taking: Taking, is_pack: bool) -> None:
        fields = taking.fields
        if is_pack:
            fields.measure, fields.undivided = 0, True
            return
        weighed = self._said("IsWeight") or self._said("IsWeightGoods")
        if weighed:
            fields.undivided = not is_true(weighed)
        code = self._said("UnitCode")
        unit = self._outline.reference("Unit", self._said("UnitUUID"), code)
        words = [unit.get("OKEICode", ""), unit.get("Name", ""), self._said("UnitOfMeasurement")]
        if not unit:
            words.append(code)  # it is often OKEI's
        told = [word for word in words if word.strip()]
        known = next((word for word in told if measure_is_known(word)), None)
        if known is not None:
            fields.measure = parse_measure(known)
        elif told:
            fields.measure = parse_measure(told[0])
            taking.doubts.append(("measure", RowCode.MEASURE_UNKNOWN, shown(told[0])))

    def _put_group(self, taking: Taking) -> None:
        for key in (self._said("GroupUUID").lower(), self._said("GroupCode")):
            paths = self._outline.groups.path(key) if key else ()
            if paths:
                taking.fields.groups = paths
                return

    def _put_parties(self, taking: Taking) -> None:
        agent = self._outline.reference("AgentData", self._said("AgentDataUUID"), self._said("AgentDataCode"))
        if agent:
            taking.take("agent", _agent, agent.get("AgentType", ""))
            for attribute, key in _KEPT_OF_AGENT.items():
                taking.put(key, agent.get(attribute, ""))
        vendor = self._outline.reference("VendorData", self._said("VendorDataUUID"), self._said("VendorDataCode"))
        for attribute, key in _KEPT_OF_VENDOR.items():
            taking.put(key, vendor.get(attribute, ""))

    def _put_alcohol(self, taking: Taking) -> None:
        told = self._said("IsAlcohol") or self._good.get("Alcohol") or ""
        if not told and self._alcohol is None:
            return
        taking.fields.alcohol = is_true(told) or (not told and self._alcohol is not None)
        if taking.fields.alcohol:
            taking.take("volume_ml", _millilitres, self._said("AlcoholContainerSize"))
            for attribute, key in (("AlcoholExcisable", "excise_mark"), ("IsDraught", "draught")):
                taking.put(key, self._said(attribute))
            if self._alcohol is not None:
                taking.put("excise_mark", self._alcohol.get("IsExcisable") or "")


def _agent(text: str) -> int | None:
    """The number of the bit of tag 1057, as 1C's drivers have it."""
    number = parse_whole_number(text)
    if number not in AGENTS:
        raise CellError("agent", RowCode.AGENT_UNKNOWN, value=shown(text))
    return number


def _millilitres(text: str) -> int | None:
    """Litres with decimals."""
    whole, _, decimals = text.replace(",", ".").partition(".")
    digits = (whole or "0") + (decimals + "000")[:3]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise CellError("volume_ml", RowCode.VOLUME_NOT_A_NUMBER, value=shown(text))
    return int(digits) or None
