package generate

import (
	"fmt"
	"slices"
)

// topics are the subjects that the program chooses by itself.
type topics struct {
	hello, more, followUp, followAnswer, thanks, yes, no uint16
	sideReport, sideAnswer, forgotOnce, forgotAnswer     uint16
	askTaken, askSide, educate, welcome                  uint16
	robotWelcome, robotRefill, refillReply, overdue      uint16
	restarted, stopAnswer, callBack, doNotContact, group uint16
	stops                                                [reasonCount]uint16
	plants                                               [plantKinds]uint16
}

// topics looks the subjects up; each must have a message for every line.
func (t *texts) topics() (topics, error) {
	var found topics
	wanted := map[string]*uint16{
		"hello": &found.hello, "more": &found.more, "follow_up": &found.followUp, "follow_answer": &found.followAnswer,
		"thanks": &found.thanks, "yes": &found.yes, "no": &found.no, "side_report": &found.sideReport,
		"side_answer": &found.sideAnswer, "forgot_once": &found.forgotOnce, "forgot_answer": &found.forgotAnswer,
		"ask_taken": &found.askTaken, "ask_side": &found.askSide, "educate": &found.educate, "welcome": &found.welcome,
		"robot_welcome": &found.robotWelcome, "robot_refill": &found.robotRefill, "refill_reply": &found.refillReply,
		"overdue": &found.overdue, "restarted": &found.restarted, "stop_answer": &found.stopAnswer,
		"call_back": &found.callBack, "do_not_contact": &found.doNotContact, "group": &found.group,
	}
	for i, name := range reasonNames {
		wanted["stop_"+name] = &found.stops[i]
	}
	for i, name := range plantNames {
		wanted["plant_"+name] = &found.plants[i]
	}
	names := make([]string, 0, len(wanted))
	for name := range wanted {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		topic, ok := t.index[name]
		if !ok || slices.ContainsFunc(t.templates[topic], func(of []template) bool { return len(of) == 0 }) {
			return topics{}, fmt.Errorf("read chat texts: messages.tsv has no message for %s in every line", name)
		}
		*wanted[name] = topic
	}
	return found, nil
}
