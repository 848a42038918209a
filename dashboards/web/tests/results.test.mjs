// What came of it: the pages of this part of the navigation, looked at.
import { lookAt } from "./reportpages.mjs";

lookAt({
  outcomes: "/outcomes?kind=vas",
  experiments: "/experiments?arm=treatment",
  campaigns: "/campaigns?line=htn&cmp=line:dm",
  content: "/content",
  community: "/community?cmp=line:htn",
  staff: "/staff",
});
