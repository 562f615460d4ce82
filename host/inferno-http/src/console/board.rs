//! `GET /api/board` and `PUT /api/board`.

use std::sync::Arc;

use axum::{Json, extract::State};
use inferno_insight::{Board, check_board};

use crate::{Server, api::error::ErrorBody, error::ApiError, extract::Body};

/// The board as it is.
#[utoipa::path(
    get,
    path = "/api/board",
    tag = "console",
    operation_id = "get_board",
    responses((status = 200, body = Board))
)]
pub(crate) async fn get(State(server): State<Arc<Server>>) -> Result<Json<Board>, ApiError> {
    Ok(Json(server.seams.boards.board().await?))
}

/// Keeps a changed board. Its revision is the one that was changed; 409 when somebody else was faster.
#[utoipa::path(
    put,
    path = "/api/board",
    tag = "console",
    operation_id = "save_board",
    request_body = Board,
    responses((status = 200, body = Board), (status = 400, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub(crate) async fn put(
    State(server): State<Arc<Server>>,
    Body(board): Body<Board>,
) -> Result<Json<Board>, ApiError> {
    check_board(&board.items)
        .map_err(|invalid| ApiError::invalid_field("items", format!("The board is refused: {invalid}.")))?;
    Ok(Json(server.seams.boards.save(board).await?))
}
