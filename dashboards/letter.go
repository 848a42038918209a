package dashboards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"phdp/dashboards/access"
)

// letterStyle is what mail programs understand.
const letterStyle = `body{font:15px/1.5 -apple-system,"PingFang SC","Microsoft YaHei",sans-serif;color:#1c2430;max-width:960px;margin:0 auto;padding:16px}
h1{font-size:22px}h2{font-size:16px;margin:24px 0 4px}table{border-collapse:collapse;font-size:13px;margin:8px 0}
th,td{border-bottom:1px solid #d8dee6;padding:3px 10px 3px 0;text-align:left;vertical-align:top}.num{text-align:right}
dl{display:block}dt{color:#5b6675;margin-top:8px}dd{margin:0}dd b{font-size:18px}small,.muted{color:#5b6675;margin-left:6px}figure{margin:16px 0}`

// MailPage makes a page of totals into HTML that stands alone: no script, nothing to load, the filters in words, tables in
// the place of charts. Whoever the account is, the totals are protected as for readers who see no people, because a mail is
// read by people whom nobody knows. public is the address under which people reach the pages; it may be empty.
func (s *Server) MailPage(ctx context.Context, account, address, lang, public string) (title string, html []byte, err error) {
	who, err := s.AccountOf(account)
	if err != nil {
		return "", nil, err
	}
	who.Token, who.Scopes = "report", []access.Scope{access.ReadPages}
	rq, release, err := s.standing(ctx, who, access.SeeTotals)
	if err != nil {
		return "", nil, err
	}
	defer release()
	if rq.URL, err = url.Parse(address); err != nil || rq.URL.Host != "" {
		return "", nil, errors.New("the report is no page of PHDP")
	}
	at := slices.IndexFunc(s.apiPages(), func(r apiRoute) bool {
		return r.path == rq.URL.Path && r.right == access.SeeTotals && !r.body && r.name != "segments" && r.name != "exports"
	})
	if at < 0 {
		return "", nil, fmt.Errorf("%s is no page of totals", rq.URL.Path)
	}
	page := s.apiPages()[at]
	if rq.lang, rq.theme = lang, "light"; !slices.Contains(languages, lang) {
		rq.lang = languages[0]
	}
	rq.Method, rq.Header = http.MethodGet, http.Header{}
	rq.state, rq.ignored = readState(rq.URL.Query(), page.params, rq.wh)
	if err := refuseIgnored(rq); err != nil {
		return "", nil, err
	}
	v, err := page.page(ctx, rq)
	if err != nil {
		return "", nil, err
	}
	if err := s.audit(rq, "export", "report "+page.name, "kind=html"); err != nil {
		return "", nil, err
	}
	s.fill(&v, rq)
	var whole bytes.Buffer
	if err := s.render.page(&whole, v); err != nil {
		return "", nil, fmt.Errorf("render %s: %w", v.Page, err)
	}
	html, err = letter(&whole, v.Title, rq.lang, strings.TrimSuffix(public, "/"), rq.URL.RequestURI())
	return v.Title + " · " + rq.wh.AsOf, html, err
}

// letter takes out of a page what a mail cannot have.
func letter(page *bytes.Buffer, title, lang, public, place string) ([]byte, error) {
	doc, err := goquery.NewDocumentFromReader(page)
	if err != nil {
		return nil, fmt.Errorf("make letter: %w", err)
	}
	main := doc.Find("#page")
	var filters []string
	main.Find("form.filters label").Each(func(_ int, l *goquery.Selection) {
		chosen := l.Find("option[selected]")
		if chosen.Length() == 0 {
			chosen = l.Find("option").First()
		}
		filters = append(filters, strings.TrimSpace(l.Find("span").First().Text())+": "+strings.TrimSpace(chosen.Text()))
	})
	main.Find("script, style, form, nav, button, noscript, svg, [data-chart], [hidden], .source, details.def, details.statement, a.btn").Remove()
	main.Find("details").Each(func(_ int, d *goquery.Selection) { d.Find("summary").Remove(); d.ReplaceWithSelection(d.Contents()) })
	main.Find("a").Each(func(_ int, a *goquery.Selection) { a.ReplaceWithSelection(a.Contents()) })
	main.Find("*").Each(func(_ int, x *goquery.Selection) {
		class := x.AttrOr("class", "")
		for _, node := range x.Nodes {
			node.Attr = nil
		}
		if strings.Contains(" "+class+" ", " num ") {
			x.SetAttr("class", "num")
		}
	})
	body, err := main.Html()
	if err != nil {
		return nil, fmt.Errorf("make letter: %w", err)
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace
	var out bytes.Buffer
	fmt.Fprintf(&out, `<!doctype html><html lang="%s"><head><meta charset="utf-8"><title>%s</title><style>%s</style></head><body>%s`, lang, escape(title), letterStyle, body)
	if len(filters) > 0 {
		fmt.Fprintf(&out, "<p class=\"muted\">%s</p>", escape(strings.Join(filters, " · ")))
	}
	if public != "" {
		fmt.Fprintf(&out, `<p><a href="%s">PHDP</a></p>`, escape(public+place))
	}
	out.WriteString("</body></html>")
	return out.Bytes(), nil
}
