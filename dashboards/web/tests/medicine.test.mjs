// How medicine is taken and where people go: the pages of this part of the navigation, looked at.
import { lookAt } from "./reportpages.mjs";

lookAt({
  persistence: "/persistence?reason=price",
  firstfill: "/firstfill?status=abandoned",
  repurchase: "/repurchase",
  stages: "/stages?stage=initiate&months=3&cmp=prev",
  paths: "/paths",
});
