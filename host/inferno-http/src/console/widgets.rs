//! `GET /api/widgets` and `POST /api/widgets/{publisher}/{name}/render`.

use std::{sync::Arc, time::Instant};

use axum::{Json, extract::State};
use inferno_insight::{Frame, Query};

use crate::{
    Server,
    api::{
        error::ErrorBody,
        widgets::{RenderRequest, RenderResponse, WidgetInfo},
    },
    error::ApiError,
    extract::{Body, PackagePath},
    seam::{Insight, Problem, ProblemKind},
};

/// The widgets that can be put on the board.
#[utoipa::path(
    get,
    path = "/api/widgets",
    tag = "console",
    operation_id = "list_widgets",
    responses((status = 200, body = Vec<WidgetInfo>))
)]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Result<Json<Vec<WidgetInfo>>, ApiError> {
    let plugins = Arc::clone(&server.seams.plugins);
    Ok(Json(server.pools.outside(move || Ok(plugins.widgets())).await?))
}

/// Draws a widget once.
#[utoipa::path(
    post,
    path = "/api/widgets/{publisher}/{name}/render",
    tag = "console",
    operation_id = "render_widget",
    params(("publisher" = String, Path), ("name" = String, Path)),
    request_body = RenderRequest,
    responses(
        (status = 200, body = RenderResponse),
        (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody)
    )
)]
pub(crate) async fn render(
    State(server): State<Arc<Server>>,
    PackagePath(widget): PackagePath,
    Body(request): Body<RenderRequest>,
) -> Result<Json<RenderResponse>, ApiError> {
    let RenderRequest { settings, viewport, theme, frames: given } = request;
    let settings = serde_json::Value::Object(settings).to_string();
    let (plugins, insight) = (Arc::clone(&server.seams.plugins), Arc::clone(&server.seams.insight));
    let draw = move || {
        let started = Instant::now();
        let queries = plugins.queries(&widget, &settings)?;
        let asked = started.elapsed();
        let frames = match given {
            Some(frames) => frames,
            None => answer(&*insight, &queries)?,
        };
        let started = Instant::now();
        let view = plugins.render(&widget, &settings, &frames, viewport, theme)?;
        let elapsed_ms = (asked + started.elapsed()).as_secs_f64() * 1e3;
        Ok(RenderResponse { queries, frames, view, elapsed_ms })
    };
    Ok(Json(server.pools.component(draw).await?))
}

/// The answers to a widget's own queries. That one of them fails is the widget's mistake, not the client's.
pub(crate) fn answer(insight: &dyn Insight, queries: &[Query]) -> Result<Vec<Frame>, Problem> {
    let asked = queries.iter().map(|query| insight.query(query));
    asked.collect::<Result<_, _>>().map_err(|problem| {
        let message = format!("The widget asks for data that is not to be had. {problem}");
        Problem::new(ProblemKind::Refused, "widget_query", message)
    })
}
