abi <abi/4.0>,
include <tunables/global>

profile aether /usr/local/bin/aether flags=(unconfined) {
  userns,

  include if exists <local/aether>
}
