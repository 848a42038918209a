// Tags and the work lists: the pages of this part of the navigation, looked at.
import { lookAt } from "./reportpages.mjs";

lookAt({
  tuning: "/tuning",
  tags: "/tags",
  tag: "/tags?tag=eng_active_30d",
  followups: "/followups",
  alerts: "/alerts",
  exports: "/exports",
});
