//! What kind of address an address is.

use aether_egress::{Class, Form};

fn check(text: &str, expect: Class) {
    assert_eq!(Class::of(text.parse().unwrap()), expect, "{text}");
}

fn embedded(text: &str, form: Form, inner: &str) {
    check(text, Class::Embedded { form, inner: inner.parse().unwrap() });
}

#[test]
fn global() {
    for text in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2400::1",
        "3ffd:ffff::1",
        "2620:4f:8001::1",
        "2001:db7::1",
        "2001:db9::1",
    ] {
        check(text, Class::Global);
    }
}

#[test]
fn special() {
    for (text, class) in [
        ("0.0.0.0", Class::Unspecified),
        ("0.1.2.3", Class::Unspecified),
        ("10.0.0.0", Class::Private),
        ("10.255.255.255", Class::Private),
        ("100.64.0.0", Class::Shared),
        ("100.127.255.255", Class::Shared),
        ("100.100.100.200", Class::Metadata),
        ("127.0.0.0", Class::Loopback),
        ("127.0.0.1", Class::Loopback),
        ("127.255.255.254", Class::Loopback),
        ("169.254.0.1", Class::LinkLocal),
        ("169.254.169.253", Class::LinkLocal),
        ("169.254.169.254", Class::Metadata),
        ("169.254.169.252", Class::Metadata),
        ("169.254.170.2", Class::Metadata),
        ("169.254.170.23", Class::Metadata),
        ("169.254.170.3", Class::LinkLocal),
        ("169.254.0.23", Class::Metadata),
        ("169.254.10.10", Class::Metadata),
        ("169.254.42.42", Class::Metadata),
        ("100.96.0.96", Class::Metadata),
        ("168.63.129.16", Class::Metadata),
        ("172.16.0.0", Class::Private),
        ("172.31.255.255", Class::Private),
        ("192.0.0.0", Class::Protocol),
        ("192.0.0.9", Class::Protocol),
        ("192.0.0.192", Class::Metadata),
        ("192.0.2.1", Class::Documentation),
        ("192.31.196.1", Class::Protocol),
        ("192.52.193.1", Class::Protocol),
        ("192.88.99.1", Class::Protocol),
        ("192.168.0.0", Class::Private),
        ("192.168.255.255", Class::Private),
        ("192.175.48.1", Class::Protocol),
        ("198.18.0.0", Class::Benchmark),
        ("198.19.255.255", Class::Benchmark),
        ("198.51.100.1", Class::Documentation),
        ("203.0.113.1", Class::Documentation),
        ("224.0.0.1", Class::Multicast),
        ("233.252.0.1", Class::Documentation),
        ("239.255.255.255", Class::Multicast),
        ("240.0.0.1", Class::Reserved),
        ("255.255.255.254", Class::Reserved),
        ("255.255.255.255", Class::Broadcast),
        ("::", Class::Unspecified),
        ("::1", Class::Loopback),
        ("100::1", Class::Reserved),
        ("100:0:0:1::1", Class::Reserved),
        ("200::1", Class::Reserved),
        ("1fff::1", Class::Reserved),
        ("2001:1::1", Class::Protocol),
        ("2001:2::1", Class::Benchmark),
        ("2001:3::1", Class::Protocol),
        ("2001:4:112::1", Class::Protocol),
        ("2001:10::1", Class::Protocol),
        ("2001:20::1", Class::Protocol),
        ("2001:1ff::1", Class::Protocol),
        ("2001:db8::1", Class::Documentation),
        ("2620:4f:8000::1", Class::Protocol),
        ("3ffe::1", Class::Reserved),
        ("3fff::1", Class::Documentation),
        ("3fff:1000::1", Class::Global),
        ("4000::1", Class::Reserved),
        ("5f00::1", Class::Protocol),
        ("64:ff9b:2::1", Class::Protocol),
        ("fc00::1", Class::UniqueLocal),
        ("fd12:3456::1", Class::UniqueLocal),
        ("fd00:ec2::254", Class::Metadata),
        ("fd00:ec2::23", Class::Metadata),
        ("fd00:ec2::253", Class::Metadata),
        ("fd00:ec3::23", Class::UniqueLocal),
        ("fd20:ce::254", Class::Metadata),
        ("fd00:c1::a9fe:a9fe", Class::Metadata),
        ("fd00:100::100:200", Class::Metadata),
        ("fd00:42::42", Class::Metadata),
        ("fd00:a9fe:a9fe::1", Class::Metadata),
        ("fe80::a9fe:a9fe", Class::Metadata),
        ("fe80::a9fe:a9ff", Class::LinkLocal),
        ("fe00::1", Class::Reserved),
        ("fe80::1", Class::LinkLocal),
        ("febf::1", Class::LinkLocal),
        ("fec0::1", Class::Private),
        ("ff02::1", Class::Multicast),
    ] {
        check(text, class);
    }
}

#[test]
fn one_inside_the_other() {
    embedded("::ffff:127.0.0.1", Form::Mapped, "127.0.0.1");
    embedded("::ffff:8.8.8.8", Form::Mapped, "8.8.8.8");
    embedded("::127.0.0.1", Form::Compatible, "127.0.0.1");
    embedded("::2", Form::Compatible, "0.0.0.2");
    embedded("::ffff:0:169.254.169.254", Form::Translated, "169.254.169.254");
    embedded("64:ff9b::10.0.0.1", Form::Nat64, "10.0.0.1");
    embedded("64:ff9b::8.8.8.8", Form::Nat64, "8.8.8.8");
    embedded("64:ff9b:1::10.0.0.1", Form::LocalNat64, "10.0.0.1");
    embedded("2002:7f00:1::", Form::SixToFour, "127.0.0.1");
    embedded("2002:a9fe:a9fe::1", Form::SixToFour, "169.254.169.254");
    embedded("2001:0:4136:e378:8000:63bf:3fff:fdd2", Form::Teredo, "192.0.2.45");
    embedded("2001::ffff:ffff", Form::Teredo, "0.0.0.0");
    embedded("2a00::5efe:10.0.0.1", Form::Isatap, "10.0.0.1");
    embedded("fe80::200:5efe:10.0.0.1", Form::Isatap, "10.0.0.1");
}

#[test]
fn nothing_that_carries_another_is_dialled_unasked() {
    for text in ["::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::", "2001::1"] {
        assert!(!Class::of(text.parse().unwrap()).is_global(), "{text}");
    }
}

#[test]
fn what_no_owner_can_open() {
    for (text, expect) in [
        ("10.0.0.1", true),
        ("127.0.0.1", true),
        ("169.254.1.1", true),
        ("64:ff9b::8.8.8.8", true),
        ("64:ff9b::10.0.0.1", false),
        ("::ffff:127.0.0.1", false),
        ("169.254.169.254", false),
        ("fd00:ec2::254", false),
        ("0.0.0.0", false),
        ("::", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
    ] {
        assert_eq!(Class::of(text.parse().unwrap()).can_be_named(), expect, "{text}");
    }
}
