// The names of the layers, each beside a sample of how it is drawn.
import type { Layer } from "@/api/types";
import type { LayerStyle } from "../colour";
import { pointPath } from "./point";

export function Legend({ layers, styles }: { layers: Layer[]; styles: LayerStyle[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-0.5">
      {layers.map((layer, index) => {
        const style = styles[index];
        return style === undefined || layer.name === "" ? null : (
          <li key={index} className="flex items-center gap-1.5">
            <Sample mark={layer.mark} style={style} />
            {layer.name}
          </li>
        );
      })}
    </ul>
  );
}

export function Sample({ mark, style }: { mark: Layer["mark"]; style: LayerStyle }) {
  return (
    <svg viewBox="0 0 18 10" className="h-2.5 w-4.5 shrink-0" aria-hidden="true">
      {mark === "line" && <path d="M0 5h18" stroke={style.colour} strokeWidth="2" strokeDasharray={style.dash} />}
      {mark === "area" && (
        <>
          <path d="M0 2h18v8H0z" fill={style.colour} opacity="0.25" />
          <path d="M0 2h18" stroke={style.colour} strokeWidth="2" strokeDasharray={style.dash} />
        </>
      )}
      {mark === "bar" && <path d="M4 0h10v10H4z" fill={style.colour} />}
      {mark === "point" && <path d={pointPath(style.shape, 9, 5, 4)} fill={style.colour} />}
    </svg>
  );
}
