// What pages need of the view renderer.
export { checkView, ViewDefect } from "./check";
export { ViewTree } from "./view-tree";
