// Never becomes a module.
for (;;);
