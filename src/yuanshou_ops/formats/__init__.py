"""The account of aid, counts, forecasts and shipments in the formats others read: IATI, FTS, HXL, ADX, hubverse, EPCIS.

What is public is written from the published edition, so that every format says the same; what is not is for staff.
"""
