// What pages need of the runtime.
export { Component, CallFailed, type Outcome } from "./component";
export { prepare } from "./prepare";
