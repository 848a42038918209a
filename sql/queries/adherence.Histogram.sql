-- How PDC is spread: twenty bins of 0.05; a PDC of 1 belongs to the last bin.
-- $line, $class: filters, '' for all; $period: r90, r180, r365
with binned as (
    select least(19, covered_days * 20 // treatment_days) as bin_no
    from fct_adherence
    where period_code = $period and ($line = '' or line_code = $line) and ($class = '' or drug_class_code = $class)
        and treatment_days > 0 and (is_eligible or ($period = 'r90' and fill_date_count >= 2))
)

select cast(b.bin_no as bigint) as bin_no, count(binned.bin_no) as pair_count
from range(20) b(bin_no)
left join binned using (bin_no)
group by b.bin_no
order by b.bin_no
