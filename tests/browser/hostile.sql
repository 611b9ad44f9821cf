-- Names that want to be markup, put into a recording that was a good one.
UPDATE meta SET value = '<script>alert(1)</script>' WHERE key IN ('scenario', 'policy');
UPDATE meta SET value = '</script><script>alert(2)</script><!--' WHERE key IN ('description', 'watch', 'command');
UPDATE endpoint SET name = '"><img src=x onerror=alert(3)>' || id, zone = '</svg></title><b onclick="alert(4)">z';
UPDATE client SET name = '</td><script>alert(5)</script>';
UPDATE fault SET kind = '<iframe src=http://example.org>', target = '''"><svg onload=alert(6)>';
UPDATE event SET text = '</script></textarea><script>alert(7)</script>' WHERE text IS NOT NULL;
UPDATE expectation SET name = '<a href="javascript:alert(8)">', value_text = '<b>&amp;';
