//! A registry to try clients on: `cargo run -p inferno-registry --example serve -- FOLDER PORT PUBLISHER PUBLIC_KEY.pem`.
//!
//! Prints the publisher's token (a new one at each start) and serves on the loopback interface. Easily confused with
//! `inferno registry serve`, which is for use. It opens no other port and enrols nobody else.

use std::{env, error::Error, fs, path::Path};

use inferno_registry::{AdminError, Registry};
use inferno_trust::PublicKey;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, port, publisher, key] = arguments.as_slice() else {
        return Err("four arguments are needed: FOLDER PORT PUBLISHER PUBLIC_KEY.pem".into());
    };
    let registry = Registry::open(Path::new(folder)).await?;
    let key = PublicKey::from_pem(&fs::read_to_string(key)?)?;
    let administration = registry.administration();
    let token = match administration.add_publisher(publisher, &key).await {
        Err(AdminError::Exists { .. }) => {
            match administration.add_key(publisher, &key).await {
                Ok(()) | Err(AdminError::KeyExists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            administration.new_token(publisher).await?.1
        }
        token => token?,
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    println!("token {}", token.reveal());
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, registry.router()).await?;
    Ok(())
}
