package models
import ("testing";"os";"context";"time";"database/sql";"sort";"fmt";"path/filepath";"strings")
func TestScratchPerf(t *testing.T){
 dir:="/tmp/dx/perf"; os.MkdirAll(dir,0o755)
 db:=openDuckDB(t)
 ex:=func(q string){ t.Helper(); if _,err:=db.Exec(q);err!=nil{t.Fatalf("%s: %v",q,err)}}
 if _,err:=os.Stat(dir+"/chats.parquet");err!=nil{
 ex("create macro pk(i) as md5('p'||i)")
 n:=5000
 ex(fmt.Sprintf(`copy (select 'phdp.chats' as topic, (i%%4)::int "partition", i::bigint "offset", 'c'||i as event_id, (timestamp '2024-04-01' + to_seconds(cast(random()*63000000 as bigint)))::timestamptz as event_at, pk(i%%%d) as patient_key, ['htn','dm','bc','onfh'][1+(i%%%d)%%4] as line_code, 'canonical' as source, case when random()<0.5 then 'patient' else 'staff' end as speaker, 'staff'||(i%%40) as staff_id, '' as room_key, 'text' as msg_type, '林药师，昨天忘了吃药，今天要补吗'||i||repeat('好',20) as text, '' as recalls, 0 as redacted_count from range(400000) t(i)) to '%s/chats.parquet'`,n,n,dir))
 ex(fmt.Sprintf(`copy (select 'phdp.chats' as topic, (i%%4)::int "partition", i::bigint "offset", 'c'||i as event_id, (timestamp '2024-04-01' + to_seconds(cast(random()*63000000 as bigint)))::timestamptz as event_at, pk(i%%%d) as patient_key, ['htn','dm','bc','onfh'][1+(i%%%d)%%4] as line_code, 'canonical' as source, 0 as ordinal, 'price'||(i%%30) as concept, 'barrier' as kind, 'present' as status, 'self' as subject, 'patient' as speaker, '忘了' as mention, 1 as start_char, 2 as end_char, 'r1' as rule_id from range(150000) t(i)) to '%s/findings.parquet'`,n,n,dir))
 ex(fmt.Sprintf(`copy (select 'phdp.prescriptions' as topic, (i%%4)::int "partition", i::bigint "offset", 'p'||i as event_id, (timestamp '2024-04-01' + to_seconds(cast(random()*63000000 as bigint)))::timestamptz as event_at, pk(i%%%d||'y') as patient_key, ['htn','dm','bc','onfh'][1+(i%%%d)%%4] as line_code, 'canonical' as source, 0 as ordinal, case when random()<0.2 then 'prescribed' when random()<0.03 then 'returned' else 'paid' end as event_type, 'cl'||(case when random()<0.02 then i-5000 else i end) as claim_id, 'o'||i as order_id, '' as rx_id, 'youzan' as channel, '' as staff_id, '' as sku, 'd'||(i%%%d%%12 + (i%%2)) as drug_code, '' as drug_name, 1.0 as quantity, 30.0 as days_supply, null::double as daily_dose, 10000::bigint as amount_fen, 'I10' as icd10_codes from range(60000) t(i)) to '%s/prescriptions.parquet'`,n,n,n,dir))
 ex(fmt.Sprintf(`copy (select 'phdp.activities' as topic, (i%%4)::int "partition", i::bigint "offset", 'a'||i as event_id, (timestamp '2024-04-01' + to_seconds(cast(random()*63000000 as bigint)))::timestamptz as event_at, pk(i%%%d) as patient_key, ['htn','dm','bc','onfh'][1+(i%%%d)%%4] as line_code, 'canonical' as source, ['lead','add_friend','read_article','submit_form','task_created','consent','view_live','join_group','check_in_medicine','prescribed'][1+i%%10] as activity_type, 'staff'||(i%%40) as staff_id, 'group' as channel, '' as campaign, case when i%%10=3 then '{"birth_year":"1970","sex":"male","smoking":"current","stage":"ARCO II"}' when i%%10=5 then '{"granted":"true","purpose":"service"}' else '{"seconds":"700"}' end as attributes from range(140000) t(i)) to '%s/activities.parquet'`,n,n,dir))
 ex(fmt.Sprintf(`copy (select 'phdp.activities' as topic, (i%%4)::int "partition", i::bigint "offset", 'm'||(i/2)::int as event_id, (timestamp '2024-04-01' + to_seconds(cast(random()*63000000 as bigint)))::timestamptz as event_at, pk(i%%%d) as patient_key, ['htn','dm','bc','onfh'][1+(i%%%d)%%4] as line_code, 'canonical' as source, (i%%2)::int as ordinal, ['bp_systolic','bp_diastolic'][1+i%%2] as kind, 150.0 as "value", 'mmHg' as unit, 'home' as context, 'activity' as via from range(80000) t(i)) to '%s/measurements.parquet'`,n,n,dir))
 ex(fmt.Sprintf(`copy (select 'phdp.prescriptions' as topic, (i%%4)::int "partition", i::bigint "offset", 'l'||i as event_id, timestamptz '2024-04-02 00:00:00+00' as event_at, pk(i%%%d) as patient_key, '' as line_code, 'canonical' as source, 0 as ordinal, 'wecom' as kind, pk(i%%%d||'y') as linked_key, 'youzan' as linked_kind from range(20000) t(i)) to '%s/links.parquet'`,n,n,dir))
 }
 src:=emptyLake(t)
 for i:=range src { f:=dir+"/"+src[i].Name+".parquet"; if _,err:=os.Stat(f);err==nil{src[i].Files=[]string{f}} }
 out:=dir+"/w.duckdb"; os.Remove(out)
 wdb,err:=sql.Open("duckdb",out+"?threads=2"); if err!=nil{t.Fatal(err)}
 var drugs,classes,steps [][]any
 for i:=0;i<13;i++ { l:=[]string{"htn","dm","bc","onfh"}[i%4]; cl:=[]string{"htn_arb","dm_insulin","bc_ai","onfh_tcm"}[i%4]; drugs=append(drugs,[]any{fmt.Sprint("d",i),cl,l,"药",""}) }
 for i,c:=range []string{"htn_arb","dm_insulin","bc_ai","onfh_tcm"} { l:=[]string{"htn","dm","bc","onfh"}[i]; classes=append(classes,[]any{c,l,c,c,0.8})
   for j,s:=range []string{"activity.lead","activity.add_friend","activity.submit_form","prescription.prescribed","fill","fill","covered_day"} { nth:=0; if s=="fill"{nth=j-3}; steps=append(steps,[]any{"acquisition",l,j+1,fmt.Sprint("s",j+1),"x","x",s,nth,180}) } }
 var concepts [][]any
 for i:=0;i<30;i++ { concepts=append(concepts,[]any{[]string{"barrier_price","barrier_forget","smoke_current"}[i%3],fmt.Sprint("price",i),"barrier","present","patient","self",60,1,1}) }
 text,_:=os.ReadFile("/work/main/transform/catalogue/tags.tsv"); var tags [][]any
 for _,line:=range strings.Split(strings.TrimSpace(string(text)),"\n")[1:] { f:=strings.Split(line,"\t"); tags=append(tags,[]any{f[0],f[1],f[2],f[3],f[4],f[5],f[6],f[7],f[8],true}) }
 st:=time.Now()
 rep,err:=Build(context.Background(),wdb,src,[]Ref{{Name:"drugs",Rows:drugs},{Name:"drug_classes",Rows:classes},{Name:"funnel_steps",Rows:steps},{Name:"tags",Rows:tags},{Name:"tag_concepts",Rows:concepts}},Options{AsOf:day("2026-03-31"),BuildID:"x"})
 t.Log("total",time.Since(st),err)
 ms:=rep.Models; sort.Slice(ms,func(i,j int)bool{return ms[i].Elapsed>ms[j].Elapsed})
 for i,m:=range ms { if i<28 {t.Log(m.Name,m.Rows,m.Elapsed)} }
 var c,d int; wdb.QueryRow("select count(*), count(distinct tag_id) from fct_patient_tags").Scan(&c,&d); t.Log("tags",c,d)
 for _,k:=range rep.Checks { t.Log(k.Name,k.Violated,k.Denominator) }
 wdb.Close(); fi,_:=os.Stat(out); t.Log(fi.Size()/1e6); _=filepath.Base
}
