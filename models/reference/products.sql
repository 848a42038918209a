-- Articles of the shop: how many units and days are in a pack.
create table ref.products (
    sku varchar, drug_code varchar, name_zh varchar, pack_units double, pack_days double, max_days double, price_fen bigint
);
