-- Articles of the shop.
-- grain: sku
-- inputs: ref.products
-- sku: article number
-- drug_code: drug
-- name_zh: Chinese name with strength and pack
-- pack_units: tablets, capsules or units in a pack
-- pack_days: days that a pack lasts at the usual dose
-- max_days: days of supply above which a fill is implausible
-- price_fen: list price, in 1/100 yuan
select
    sku,
    drug_code,
    name_zh,
    pack_units,
    pack_days,
    max_days,
    price_fen
from ref.products
