package transform
import ("testing";"os";"strings";"fmt")
func TestZZ(t *testing.T){
 tr:=testTransformer(t)
 b,_:=os.ReadFile("/tmp/try.txt")
 for _,l:=range strings.Split(strings.TrimSpace(string(b)),"\n"){
  sp:="patient"; txt:=l
  if strings.HasPrefix(l,"S:"){sp="staff";txt=l[2:]}
  r,n:=tr.cleanAndRedact(txt)
  fmt.Printf("%s\n",l)
  if n>0{fmt.Printf("    => %s (%d)\n",r,n)}
  for _,f:=range tr.Findings(sp,r){ fmt.Printf("    %s/%s %s %s [%s] %d-%d\n",f.Kind,f.Concept,f.Status,f.Subject,f.Mention,f.Start,f.End)}
  for _,m:=range tr.Measurements(r){fmt.Printf("    # %s %v %s %s [%s] %d-%d\n",m.Kind,m.Value,m.Unit,m.Context,m.Mention,m.Start,m.End)}
 }
}
