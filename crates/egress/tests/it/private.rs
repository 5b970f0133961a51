//! Places inside that an owner names.

use aether_egress::Private;

#[test]
fn what_can_be_named() {
    for text in [
        "localhost",
        "localhost:3000",
        "db.corp.example",
        "db.corp.example:5432",
        "10.0.0.0/8",
        "fd00::/8",
        "127.0.0.1",
        "127.0.0.1:3000",
        "[::1]:3000",
        "192.168.1.0/24",
        "64:ff9b::/96",
        "169.254.1.0/24",
    ] {
        let private: Private = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(private.to_string(), text);
    }
}

#[test]
fn what_cannot() {
    for (text, problem) in [
        ("", "is empty"),
        ("10.0.0.1/8", "is no network"),
        ("10.0.0.0/33", "is no network"),
        ("0.0.0.0/0", "is no network"),
        ("::/0", "is no network"),
        ("10.0.0.0/+8", "is no network"),
        ("10.0/8", "is no network"),
        ("*.example.com", "has `*`"),
        ("a:0", "port"),
        ("a:65536", "port"),
        ("a:http", "port"),
        ("127.1", "IPv4"),
        ("::1", "has `:`"),
        ("169.254.169.254", "can never take effect"),
        ("169.254.169.254:80", "can never take effect"),
        ("0.0.0.0", "can never take effect"),
        ("224.0.0.0/4", "can never take effect"),
        ("[fd00:ec2::254]", "can never take effect"),
        ("169.254.170.23:80", "can never take effect"),
        ("[fd00:ec2::23]:80", "can never take effect"),
        ("fd00:ec2::/32", "can never take effect"),
        ("100.100.100.200", "can never take effect"),
        ("[::ffff:127.0.0.1]:80", "can never take effect"),
    ] {
        let said = text.parse::<Private>().expect_err(text).to_string();
        assert!(said.contains(problem), "{text}: {said}");
    }
}
