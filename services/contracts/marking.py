"""Kinds of marked goods («Честный знак»), in words of our own.

Codes of other systems are turned into these at the edge.
"""

from enum import StrEnum


class MarkingType(StrEnum):
    FUR = "fur"
    MEDICINE = "medicine"
    TOBACCO = "tobacco"
    SHOES = "shoes"
    CLOTHES = "clothes"  # «лёгкая промышленность»
    TYRES = "tyres"
    DAIRY = "dairy"
    PHOTO = "photo"
    BICYCLES = "bicycles"
    WHEELCHAIRS = "wheelchairs"
    PERFUME = "perfume"
    OTHER_TOBACCO = "other_tobacco"
    WATER = "water"
    ANTISEPTICS = "antiseptics"
    SUPPLEMENTS = "supplements"  # БАД
    NICOTINE = "nicotine"
    BEER = "beer"
    DRAUGHT_BEER = "draught_beer"
    JUICE = "juice"
    NON_ALCOHOLIC_BEER = "non_alcoholic_beer"
    SOFT_DRINKS = "soft_drinks"
    SEAFOOD = "seafood"
    MEDICAL_DEVICES = "medical_devices"
    REHABILITATION = "rehabilitation"
    ALCOHOL = "alcohol"
    LOW_ALCOHOL = "low_alcohol"
    LOTTERY = "lottery"
    JEWELRY = "jewelry"
    VETERINARY = "veterinary"
    PET_FOOD = "pet_food"
    OILS = "oils"
    CANNED_FOOD = "canned_food"
    GROCERIES = "groceries"
    MOTOR_OILS = "motor_oils"
    SPORTS_NUTRITION = "sports_nutrition"
    CHILDREN = "children"
    OTHER = "other"
