package dashboards

import (
	"context"

	"phdp/dashboards/access"
)

// shownRooms is how many group chats the table shows.
const shownRooms = 60

func communityPage() reportPage {
	return reportPage{name: "community", whole: "segment.whole", right: access.SeePatients, fill: community, compare: []string{"yoy", "line"}, params: []param{lineParam}}
}

// communityMonth is a month of the group chats.
type communityMonth struct {
	Month                                                              string
	Rooms, Active, New, Messages, Staff, WithStaff, Followed, NotFewer int64
}

func community(ctx context.Context, r *report) error {
	r.chooseLine()
	r.monthsOver(12)
	if open, err := r.needs(ctx, "fct_community_monthly", "fct_group_members_monthly"); err != nil || !open {
		return err
	}
	months, err := query(ctx, r.rq.wh, "community.Months", r.argsOf("community.Months"), func(x *communityMonth) []any {
		return []any{&x.Month, &x.Rooms, &x.Active, &x.New, &x.Messages, &x.Staff, &x.WithStaff, &x.Followed, &x.NotFewer}
	})
	if err != nil {
		return err
	}
	r.communityStats(months)
	r.communityActive(months)
	r.communityStaff(months)
	if err := r.rooms(ctx); err != nil {
		return err
	}
	return r.groupMembers(ctx)
}

func (r *report) communityStats(months []communityMonth) {
	if len(months) == 0 {
		return
	}
	x := months[len(months)-1]
	r.stat("rooms", "community.rooms", formatInt(x.Rooms), x.Month, "community")
	r.stat("active", "community.active", formatInt(x.Active), r.t.get("community.new", formatInt(x.New)), "community")
	r.rateStat("alive", "community.alive", rate{x.NotFewer, x.Followed}, "community")
	r.rateStat("staffed", "community.staffed", rate{x.WithStaff, x.Rooms}, "community")
}

// communityActive shows who writes, month by month.
func (r *report) communityActive(months []communityMonth) {
	f := r.figure("active-months", "community.months", "community", "community.Months", "col.month", "community.alive", "col.interval", "community.not_fewer", "community.followed", "community.rooms", "community.active", "community.first", "community.messages")
	f.Chart = chart{Kind: "lines", Unit: "count", Names: [2]string{"", r.t.get("col.people")}, Series: []chartLine{{Name: r.t.get("community.active")}, {Name: r.t.get("community.first")}}}
	for _, x := range months {
		f.Chart.Categories = append(f.Chart.Categories, x.Month)
		f.Chart.Series[0].Values, f.Chart.Series[1].Values = append(f.Chart.Series[0].Values, value(float64(x.Active))), append(f.Chart.Series[1].Values, value(float64(x.New)))
		f.Table.rate(rate{x.NotFewer, x.Followed}, []string{x.Month}, formatInt(x.Rooms), formatInt(x.Active), formatInt(x.New), formatInt(x.Messages))
		f.Reading = r.t.get("community.months.reading", x.Month, formatInt(x.Active), formatInt(x.Rooms), formatInt(x.New))
	}
	r.add(f)
}

// communityStaff shows in how many groups the care team is heard.
func (r *report) communityStaff(months []communityMonth) {
	f := r.figure("staff", "community.staff", "community", "community.Months", "col.month", "community.staffed", "col.interval", "community.with_staff", "community.rooms", "community.messages", "community.staff_messages")
	f.Chart = chart{Kind: "lines", Unit: "percent", Series: []chartLine{{Name: r.t.get("community.staffed")}}}
	for _, x := range months {
		m := rate{x.WithStaff, x.Rooms}
		f.Chart.Categories = append(f.Chart.Categories, x.Month)
		one := &f.Chart.Series[0]
		one.Values, one.Counts = append(one.Values, value(m.Value())), append(one.Counts, formatInt(m.K)+"/"+formatInt(m.N))
		f.Table.rate(m, []string{x.Month}, formatInt(x.Messages), formatInt(x.Staff))
		f.Reading = r.t.get("community.staff.reading", x.Month, formatRate(m))
	}
	r.add(f)
}

// rooms lists the groups that lost most first.
func (r *report) rooms(ctx context.Context) error {
	type room struct {
		Key, Line                                       string
		Now, Before, Messages, Staff, Days, All, Silent int64
	}
	r.args["limit"] = shownRooms
	rooms, err := query(ctx, r.rq.wh, "community.Rooms", r.argsOf("community.Rooms"), func(x *room) []any {
		return []any{&x.Key, nullText{&x.Line}, &x.Now, &x.Before, &x.Messages, &x.Staff, &x.Days, &x.All, &x.Silent}
	})
	if err != nil {
		return err
	}
	f := r.figure("rooms-table", "community.list", "community", "community.Rooms", "community.room", "col.line", "community.state", "community.now", "community.before", "community.change", "community.days", "community.messages", "community.staff_messages")
	f.Wide, f.Table.Text = true, 3
	for _, x := range rooms {
		state := "steady"
		switch {
		case x.Now == 0:
			state = "silent"
		case x.Before == 0:
			state = "new"
		case 2*x.Now <= x.Before:
			state = "dying"
		case x.Now > x.Before:
			state = "growing"
		}
		f.Table.Rows = append(f.Table.Rows, []string{shortID(x.Key), r.rq.wh.lineName(x.Line, r.t), r.t.get("community.state." + state), formatInt(x.Now), formatInt(x.Before), signed(x.Now - x.Before), formatInt(x.Days), formatInt(x.Messages), formatInt(x.Staff)})
	}
	if len(rooms) > 0 {
		f.Reading = r.t.get("community.list.reading", formatInt(rooms[0].Silent), formatInt(rooms[0].All), len(rooms))
	}
	r.add(f)
	return nil
}

// groupMembers shows who joins and leaves.
func (r *report) groupMembers(ctx context.Context) error {
	type month struct {
		Month                 string
		Joined, Left, Members int64
	}
	months, err := query(ctx, r.rq.wh, "community.Members", r.argsOf("community.Members"), func(x *month) []any { return []any{&x.Month, &x.Joined, &x.Left, &x.Members} })
	if err != nil {
		return err
	}
	f := r.figure("members", "community.members", "group_members", "community.Members", "col.month", "community.left_share", "col.interval", "community.left", "community.could_leave", "community.joined", "community.stay")
	f.Wide = true
	f.Chart = chart{Kind: "grouped", Unit: "count", Names: [2]string{"", r.t.get("col.people")}, Series: []chartLine{{Name: r.t.get("community.joined")}, {Name: r.t.get("community.left")}}}
	for _, x := range months {
		m := rate{x.Left, x.Members + x.Left} // of those who were there or came
		f.Chart.Categories = append(f.Chart.Categories, x.Month)
		f.Chart.Series[0].Values, f.Chart.Series[1].Values = append(f.Chart.Series[0].Values, value(float64(x.Joined))), append(f.Chart.Series[1].Values, value(float64(x.Left)))
		f.Table.rate(m, []string{x.Month}, formatInt(x.Joined), formatInt(x.Members))
		f.Reading = r.t.get("community.members.reading", x.Month, formatInt(x.Joined), formatInt(x.Left), formatInt(x.Members))
	}
	r.add(f)
	return nil
}
