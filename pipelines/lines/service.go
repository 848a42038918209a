package lines

// service checks what the care team does: goals of stages, the rules of stages and groups, the tasks.
func (c *checker) service(l Line) {
	stages := map[string]bool{}
	for _, s := range l.Stages {
		stages[s.Code] = true
	}
	known := func(code string, path ...any) {
		if !stages[code] {
			c.fault(path, "unknown stage %q", code)
		}
	}
	for i, s := range l.Stages {
		for j, goal := range s.Goals {
			known(goal, "stages", i, "goals", j)
		}
		if len(s.Goals) > 0 && s.HorizonDays < 1 {
			c.fault(at("stages", i), "stage %s has goals and no horizon_days", s.Code)
		}
	}
	for i, r := range l.StageRules {
		known(r.Stage, "stage_rules", i, "stage")
		c.days(r, "stage_rules", i)
	}
	if n := len(l.StageRules); n > 0 && l.StageRules[n-1] != (StageRule{Stage: l.StageRules[n-1].Stage}) {
		c.fault(at("stage_rules", n-1), "the last rule has conditions, so that a patient can be without a stage")
	}
	for i, r := range l.GroupRules {
		c.pattern(r.Group, "group", "group_rules", i, "group")
		c.days(r, "group_rules", i)
	}
	c.sop(l.SOP, known)
}

func (c *checker) days(r StageRule, path ...any) {
	for name, days := range map[string]*int{"uncovered_from": r.UncoveredFrom, "silent_from": r.SilentFrom, "therapy_to": r.TherapyTo, "friend_to": r.FriendTo} {
		if days != nil && *days < 0 {
			c.fault(append(path, name), "%s %d is negative", name, *days)
		}
	}
}

func (c *checker) sop(tasks []SOPTask, known func(code string, path ...any)) {
	seen := map[string]bool{}
	for i, s := range tasks {
		known(s.Stage, "sop", i, "stage")
		c.pattern(s.Task, "task", "sop", i, "task")
		c.text(s.NameZh, "sop", i, "name_zh")
		c.text(s.NameEn, "sop", i, "name_en")
		if s.FromDay < 0 || s.ToDay < s.FromDay {
			c.fault(at("sop", i), "task %s is due from day %d to day %d", s.Task, s.FromDay, s.ToDay)
		}
		if seen[s.Stage+" "+s.Task] {
			c.fault(at("sop", i, "task"), "task %s of stage %s is there twice", s.Task, s.Stage)
		}
		seen[s.Stage+" "+s.Task] = true
	}
}
