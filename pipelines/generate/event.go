package generate

import (
	"cmp"

	"phdp/ingest"
)

// kind is what an event is.
type kind uint8

const (
	chatPatient kind = iota
	chatGroup
	chatStaff
	chatRobot
	chatImage
	chatVoice
	chatRecall

	rxPrescribed
	rxDispensed
	rxPaid
	rxReturned
	rxCancelled

	actLead
	actAddFriend
	actDelFriend
	actJoinGroup
	actLeaveGroup
	actReadArticle
	actViewLive
	actViewVideo
	actSubmitForm
	actCheckInMedicine
	actCheckInExercise
	actBookConsult
	actLightClinic
	actHeavyClinic
	actOfflineMeeting
	actPointsEarn
	actPointsSpend
	actRegisterVisit
	actFirstVisit
	actReportRead
	actRevisit
	actReferralMade
	actReferralDone
	actTaskCreated
	actTaskStarted
	actTaskClosed
	actAlertRaised
	actAlertAck
	actSession
	actCallBack
	actConsent
	actMeasurement
	actIdentityLinked
	actLeft
	actDied
	actAssigned
	actRxAudit
	actAnswerHelpful
)

// kindNames are the types as they stand in the canonical JSON.
var kindNames = [...]string{
	chatPatient: "chat.message", chatGroup: "chat.message", chatStaff: "chat.message", chatRobot: "chat.message", chatImage: "chat.message",
	chatVoice: "chat.message", chatRecall: "chat.recall",
	rxPrescribed: "prescription.prescribed", rxDispensed: "prescription.dispensed", rxPaid: "prescription.paid",
	rxReturned: "prescription.returned", rxCancelled: "prescription.cancelled",
	actLead: "activity.lead", actAddFriend: "activity.add_friend", actDelFriend: "activity.del_friend",
	actJoinGroup: "activity.join_group", actLeaveGroup: "activity.leave_group", actReadArticle: "activity.read_article",
	actViewLive: "activity.view_live", actViewVideo: "activity.view_video", actSubmitForm: "activity.submit_form",
	actCheckInMedicine: "activity.check_in_medicine", actCheckInExercise: "activity.check_in_exercise",
	actBookConsult: "activity.book_consult", actLightClinic: "activity.attend_light_clinic",
	actHeavyClinic: "activity.attend_heavy_clinic", actOfflineMeeting: "activity.attend_offline_meeting",
	actPointsEarn: "activity.points_earn", actPointsSpend: "activity.points_spend",
	actRegisterVisit: "activity.register_visit", actFirstVisit: "activity.first_visit",
	actReportRead: "activity.report_read", actRevisit: "activity.revisit",
	actReferralMade: "activity.referral_made", actReferralDone: "activity.referral_done",
	actTaskCreated: "activity.task_created", actTaskStarted: "activity.task_started", actTaskClosed: "activity.task_closed",
	actAlertRaised: "activity.alert_raised", actAlertAck: "activity.alert_ack", actSession: "activity.icbt_session_done",
	actCallBack: "activity.call_back", actConsent: "activity.consent", actMeasurement: "activity.measurement",
	actIdentityLinked: "activity.identity_linked", actLeft: "activity.left_programme", actDied: "activity.died",
	actAssigned: "activity.experiment_assigned", actRxAudit: "activity.rx_audit", actAnswerHelpful: "activity.answer_helpful",
}

func (k kind) stream() ingest.Stream {
	switch {
	case k <= chatRecall:
		return ingest.Chats
	case k <= rxCancelled:
		return ingest.Prescriptions
	}
	return ingest.Activities
}

// event is one record before it is written out: 48 bytes, so that the events of 160,000 people fit in
// memory and can be sorted. What a, b and c mean depends on the kind and is said where they are set.
type event struct {
	at      int64 // when it happened, Unix ms
	arrive  int64 // when the record arrives, Unix ms
	person  uint32
	seed    uint32 // of everything random that is written out late: texts, seconds, points
	a, b, c int32
	seq     uint16 // number of the event in the life, from 0; part of the event id
	topic   uint16 // chat topic, or a small choice of the kind
	staff   uint16 // index + 1 into the staff, 0 for nobody
	kind    kind
	who     idKind // the patient's identifier on this event
	links   idSet  // further identifiers that the event proves
	fault   fault
}

// compare orders events by arrival; ties go by person, number and fault, so that the order is total.
func compare(x, y event) int {
	if x.arrive != y.arrive {
		return cmp.Compare(x.arrive, y.arrive)
	}
	if x.person != y.person {
		return cmp.Compare(x.person, y.person)
	}
	if x.seq != y.seq {
		return cmp.Compare(x.seq, y.seq)
	}
	return cmp.Compare(x.fault, y.fault)
}
