// What pages need of the live connection.
export { useCourse, useLiveView, useWatch } from "./hooks";
export { modelKey, processKey, REQUESTS_KEY, type Course } from "./history";
export { connect } from "./socket";
export { useLive, type LiveView } from "./store";
