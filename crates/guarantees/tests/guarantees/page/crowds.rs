//! Many connections, and slow ones.

use futures::future::join_all;
use guarantees::world::World;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use web::Options;

use super::{
    http::{get, read},
    site::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn of_three_hundred_connections_256_are_served_and_the_others_are_told() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let host = site.host();
    let held = join_all((0..256).map(|_| TcpStream::connect(&host))).await;
    let held: Vec<_> = held.into_iter().collect::<Result<_, _>>().unwrap();
    let more = join_all((0..44).map(|_| async {
        let mut stream = TcpStream::connect(&host).await.unwrap();
        // What was sent may be cut off by the answer.
        let _ =
            stream.write_all(format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await;
        read(&mut stream).await
    }));
    for refused in more.await {
        assert_eq!(refused.code, 503, "{refused:?}");
        assert!(refused.body.starts_with("Too many connections"), "{refused:?}");
    }
    // Those that are held can still ask.
    let mut held = held;
    let mut one = held.swap_remove(0);
    one.write_all(
        format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes(),
    )
    .await
    .unwrap();
    assert_eq!(read(&mut one).await.code, 200);
    drop(held);
    let served = async {
        while get(&site, "/").await.code != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), served).await.unwrap();
    site.end().await;
}

#[tokio::test]
async fn whoever_never_ends_a_request_is_left() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let mut slow = TcpStream::connect(site.host()).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
    let left = tokio::time::timeout(std::time::Duration::from_secs(60), read(&mut slow)).await;
    assert!([0, 408].contains(&left.unwrap().code), "its connection is closed");
    site.end().await;
}
